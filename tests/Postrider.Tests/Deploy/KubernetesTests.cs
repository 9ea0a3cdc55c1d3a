using k8s;
using k8s.Models;
using Postrider.Tests.Architecture;
using YamlDotNet.Core;

namespace Postrider.Tests.Deploy;

/// <summary>What a linter would say of the manifests: their form, what they refer to, and what a careful cluster asks of pods.</summary>
public sealed class KubernetesTests
{
    private static readonly IReadOnlyList<object> All =
    [
        .. KubernetesManifests.Of(KubernetesManifests.Base), .. KubernetesManifests.Of(KubernetesManifests.Trial), .. KubernetesManifests.Of(KubernetesManifests.Autoscaling),
    ];

    private static IEnumerable<V1PodTemplateSpec> Templates => All.Select(KubernetesManifests.TemplateOf).OfType<V1PodTemplateSpec>();

    public static TheoryData<string> Folders => [KubernetesManifests.Base, KubernetesManifests.Trial, KubernetesManifests.Autoscaling];

    [Fact]
    public void Manifests_ReadStrictly_AreOfTheKindsThatTheySay() => Assert.Equal(
        ["Deployment", "Deployment", "Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "PodDisruptionBudget", "Service", "Service", "Service", "Service", "StatefulSet"],
        All.Cast<IKubernetesObject>().Select(manifest => manifest.Kind).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("readinessProbe:", "readynessProbe:")]
    [InlineData("maxUnavailable: 0", "maxUnavailable: { a: 1 }")]
    [InlineData("seconds: 5", "seconds: soon")]
    [InlineData("replicas: 2", "replicas: 2\n  replicas: 3")]
    public void Manifest_WithAMistake_IsRefused(string right, string wrong)
    {
        var text = File.ReadAllText(KubernetesManifests.PathOf(KubernetesManifests.Base, "gateway.yaml"));
        Assert.Contains(right, text, StringComparison.Ordinal);

        Assert.ThrowsAny<YamlException>(() => KubernetesManifests.Read(text.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Kustomization_Resources_AreTheFilesOfItsFolder(string folder)
    {
        var lines = File.ReadAllLines(KubernetesManifests.PathOf(folder, "kustomization.yaml")).SkipWhile(line => line != "resources:").Skip(1);

        var resources = lines.TakeWhile(line => line.StartsWith("  - ", StringComparison.Ordinal)).Select(line => line[4..]).ToList();

        Assert.Equal(KubernetesManifests.FilesOf(folder), resources.Where(name => name.EndsWith(".yaml", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(resources, name => Assert.True(Path.Exists(KubernetesManifests.PathOf(folder, name)), name));
    }

    [Fact]
    public void Workload_Selector_ChoosesItsOwnPods()
    {
        Assert.All(All.OfType<V1Deployment>(), each => Assert.True(KubernetesManifests.Matches(each.Spec.Selector.MatchLabels, each.Spec.Template), each.Name()));
        Assert.All(All.OfType<V1StatefulSet>(), each => Assert.True(KubernetesManifests.Matches(each.Spec.Selector.MatchLabels, each.Spec.Template), each.Name()));
    }

    [Fact]
    public void Service_Selector_ChoosesThePodsOfOneWorkloadWithItsPorts() => Assert.All(All.OfType<V1Service>(), service =>
    {
        var template = Assert.Single(Templates, each => KubernetesManifests.Matches(service.Spec.Selector, each));
        var ports = template.Spec.Containers.SelectMany(container => container.Ports).Select(port => port.Name).ToList();

        Assert.All(service.Spec.Ports, port => Assert.Contains(port.TargetPort.Value, ports));
    });

    [Fact]
    public void DisruptionBudgets_EveryRoleOfPostrider_HasOneThatLetsNodesDrain()
    {
        var budgets = All.OfType<V1PodDisruptionBudget>().ToList();
        var roles = KubernetesManifests.Of(KubernetesManifests.Base).OfType<V1Deployment>().ToList();

        Assert.Equal(2, roles.Count);
        Assert.All(roles, role => Assert.Single(budgets, budget => KubernetesManifests.Matches(budget.Spec.Selector.MatchLabels, role.Spec.Template)));
        Assert.All(budgets, budget => Assert.Equal("1", budget.Spec.MaxUnavailable.Value));
        Assert.All(roles, role => Assert.True(role.Spec.Replicas > 1));
    }

    [Fact]
    public void Autoscaler_Target_IsTheGateways()
    {
        var target = Assert.Single(All.OfType<V2HorizontalPodAutoscaler>()).Spec.ScaleTargetRef;

        var deployment = Assert.Single(All.OfType<V1Deployment>(), each => each.Name() == target.Name);
        Assert.Equal((deployment.ApiVersion, deployment.Kind), (target.ApiVersion, target.Kind));
        Assert.All(deployment.Spec.Template.Spec.Containers, container => Assert.Contains("cpu", container.Resources.Requests.Keys));
    }

    [Fact]
    public void Pods_OfAllWorkloads_PassTheRestrictedPodSecurityStandard() => Assert.All(Templates, template =>
    {
        var pod = template.Spec.SecurityContext;
        Assert.True(pod.RunAsNonRoot);
        Assert.True(pod.RunAsUser > 0);
        Assert.Equal("RuntimeDefault", pod.SeccompProfile.Type);
        Assert.False(template.Spec.AutomountServiceAccountToken);
        Assert.All(template.Spec.Containers, container =>
        {
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Superset(new HashSet<string> { "cpu", "memory" }, container.Resources.Requests.Keys.ToHashSet());
            Assert.Contains("memory", container.Resources.Limits.Keys);
        });
    });

    [Fact]
    public void Volumes_EveryMount_HasOne() => Assert.All(All, manifest =>
    {
        if (KubernetesManifests.TemplateOf(manifest) is { } template)
        {
            var volumes = (template.Spec.Volumes ?? []).Select(volume => volume.Name)
                .Concat((manifest as V1StatefulSet)?.Spec.VolumeClaimTemplates.Select(claim => claim.Name()) ?? []).ToHashSet();
            Assert.Equal(volumes, template.Spec.Containers.SelectMany(container => container.VolumeMounts ?? []).Select(mount => mount.Name).ToHashSet());
        }
    });

    [Fact]
    public void Pods_OfARole_AreSpreadOverNodesAndZones() => Assert.All(KubernetesManifests.Of(KubernetesManifests.Base).OfType<V1Deployment>(), role =>
    {
        var spread = role.Spec.Template.Spec.TopologySpreadConstraints;

        Assert.Equal(["kubernetes.io/hostname", "topology.kubernetes.io/zone"], spread.Select(each => each.TopologyKey).Order(StringComparer.Ordinal));
        Assert.All(spread, each => Assert.True(KubernetesManifests.Matches(each.LabelSelector.MatchLabels, role.Spec.Template)));
    });

    [Fact]
    public async Task Render_Base_NamesImageAndConfigurationOfThisVersion()
    {
        var rendered = await KubernetesManifests.RenderAsync(KubernetesManifests.PathOf(KubernetesManifests.Base));

        var config = Assert.Single(rendered.OfType<V1ConfigMap>());
        Assert.StartsWith("postrider-", config.Name(), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(KubernetesManifests.PathOf(KubernetesManifests.Base, "postrider.yaml")), config.Data["postrider.yaml"]);
        Assert.All(rendered.OfType<V1Deployment>(), each =>
        {
            Assert.Equal("postrider:" + Version, Assert.Single(each.Spec.Template.Spec.Containers).Image);
            Assert.Contains(each.Spec.Template.Spec.Volumes, volume => volume.ConfigMap?.Name == config.Name());
        });
    }

    [Fact]
    public async Task Render_Trial_HasItsOwnConfigurationAndWhatItNeeds()
    {
        var rendered = await KubernetesManifests.RenderAsync(KubernetesManifests.PathOf(KubernetesManifests.Trial));

        Assert.Equal(
            ["postrider-gateway", "postrider-receivers", "postrider-redis", "postrider-router"],
            rendered.Where(each => KubernetesManifests.TemplateOf(each) is not null).Select(each => ((IKubernetesObject<V1ObjectMeta>)each).Name()).Order(StringComparer.Ordinal));
        Assert.Contains("http://postrider-receivers:5000/webhook1", Assert.Single(rendered.OfType<V1ConfigMap>()).Data["postrider.yaml"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_BaseWithAutoscaling_LeavesTheNumberOfGatewaysToIt()
    {
        var folder = Directory.CreateTempSubdirectory("postrider-kustomize-");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "kustomization.yaml"),
                $"""
                 apiVersion: kustomize.config.k8s.io/v1beta1
                 kind: Kustomization
                 resources: ["{Path.GetRelativePath(folder.FullName, KubernetesManifests.PathOf(KubernetesManifests.Base))}"]
                 components: ["{Path.GetRelativePath(folder.FullName, KubernetesManifests.PathOf(KubernetesManifests.Autoscaling))}"]
                 """,
                TestContext.Current.CancellationToken);

            var rendered = await KubernetesManifests.RenderAsync(folder.FullName);

            Assert.Single(rendered.OfType<V2HorizontalPodAutoscaler>());
            Assert.Null(Assert.Single(rendered.OfType<V1Deployment>(), each => each.Name() == "postrider-gateway").Spec.Replicas);
            Assert.Equal(2, Assert.Single(rendered.OfType<V1Deployment>(), each => each.Name() == "postrider-router").Spec.Replicas);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Version =>
        System.Xml.Linq.XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;
}
