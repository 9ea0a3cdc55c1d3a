using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using Postrider.Configuration;
using Postrider.Tests.Architecture;

namespace Postrider.Tests.Deploy;

/// <summary>The manifests against what only this repository knows: the configuration in them, the admin listener, the image.</summary>
public sealed partial class KubernetesPromiseTests : IDisposable
{
    // What the host allows itself for closing beyond delivery.shutdownTimeout, and what nobody should have to reckon with.
    private const int ClosingSeconds = 10;
    private const int SpareSeconds = 5;

    private readonly DirectoryInfo _secrets = Directory.CreateTempSubdirectory("postrider-secrets-");

    private static IReadOnlyList<V1Deployment> Roles => [.. KubernetesManifests.Of(KubernetesManifests.Base).OfType<V1Deployment>()];

    public static TheoryData<string> Folders => [KubernetesManifests.Base, KubernetesManifests.Trial];

    public void Dispose() => _secrets.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Folders))]
    public void Configuration_WithItsSecrets_IsValidAndFitsThePods(string folder)
    {
        var config = ReadConfig(folder);

        Assert.All(Roles, role =>
        {
            var container = Assert.Single(role.Spec.Template.Spec.Containers);
            var ports = container.Ports.ToDictionary(port => port.Name, port => port.ContainerPort);
            Assert.Equal(new Uri(config.Admin.Listen).Port, ports["admin"]);
            Assert.Contains(container.VolumeMounts, mount => config.Admin.History.StartsWith(mount.MountPath + "/", StringComparison.Ordinal) && mount.ReadOnlyProperty is not true);
            Assert.True(!ports.TryGetValue("events", out var events) || events == new Uri(config.Gateway.Listen).Port);
        });
        Assert.NotEmpty(config.Admin.Token);
        Assert.Equal(LogType.Redis, config.Log.Type);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Configuration_EverySecret_IsMountedAndToldInTheDocs(string folder)
    {
        var docs = File.ReadAllText(Repository.PathOf("docs", "deploy.md"));
        var references = SecretFile().Matches(Uncommented(folder)).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.Contains($"--from-literal={reference.Groups[2].Value}=", docs, StringComparison.Ordinal));
        Assert.All(Roles, role => Assert.All(references, reference => Assert.Contains(
            Assert.Single(role.Spec.Template.Spec.Containers).VolumeMounts, mount => mount.MountPath == reference.Groups[1].Value)));
    }

    [Fact]
    public void Arguments_ConfigurationFile_IsWhatTheConfigMapMounts() => Assert.All(Roles, role =>
    {
        var container = Assert.Single(role.Spec.Template.Spec.Containers);
        var config = Assert.Single(role.Spec.Template.Spec.Volumes, volume => volume.ConfigMap is not null);
        var folder = Assert.Single(container.VolumeMounts, mount => mount.Name == config.Name).MountPath;

        Assert.Equal(["run", "--config", $"{folder}/postrider.yaml", "--role", role.Metadata.Labels["app.kubernetes.io/component"]], container.Args.Take(5));
    });

    [Theory]
    [MemberData(nameof(Folders))]
    public void GracePeriod_OfEveryRole_IsLongerThanAllThatAStopMayTake(string folder)
    {
        var shutdown = ReadConfig(folder).Delivery.ShutdownTimeout.TotalSeconds;

        Assert.All(Roles, role =>
        {
            var preStop = Assert.Single(role.Spec.Template.Spec.Containers).Lifecycle?.PreStop?.Sleep?.Seconds ?? 0;

            Assert.True(
                role.Spec.Template.Spec.TerminationGracePeriodSeconds >= preStop + shutdown + ClosingSeconds + SpareSeconds,
                $"{role.Metadata.Name}: {role.Spec.Template.Spec.TerminationGracePeriodSeconds} s");
        });
    }

    [Fact]
    public void PreStop_OfTheGateways_LetsEndpointsDrain() => Assert.True(
        Roles.Single(role => role.Metadata.Name == "postrider-gateway").Spec.Template.Spec.Containers.Single().Lifecycle.PreStop.Sleep.Seconds > 0);

    [Fact]
    public void Probes_OfEveryRole_AskWhatTheAdminListenerAnswersToAnyone()
    {
        var paths = JsonNode.Parse(File.ReadAllText(Repository.PathOf("docs", "openapi", "admin.json")))!["paths"]!.AsObject();

        Assert.All(Roles, role =>
        {
            var container = Assert.Single(role.Spec.Template.Spec.Containers);
            Assert.Equal("/health/ready", container.ReadinessProbe.HttpGet.Path);
            Assert.Equal("/health/live", container.LivenessProbe.HttpGet.Path);
            Assert.Equal("/health/live", container.StartupProbe.HttpGet.Path);
            Assert.All((V1Probe[])[container.ReadinessProbe, container.LivenessProbe, container.StartupProbe], probe =>
            {
                Assert.Contains(probe.HttpGet.Path, paths.Select(path => path.Key));
                Assert.Equal("admin", probe.HttpGet.Port.Value);
            });
        });
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void StartupProbe_OfEveryRole_WaitsLongerForRedisThanTheStartDoes(string folder)
    {
        var patience = ReadConfig(folder).Log.Redis!.StartTimeout.TotalSeconds;

        Assert.All(Roles, role =>
        {
            var probe = Assert.Single(role.Spec.Template.Spec.Containers).StartupProbe;
            Assert.True(probe.PeriodSeconds * probe.FailureThreshold > patience, role.Metadata.Name);
        });
    }

    [Fact]
    public void User_OfEveryRole_IsTheImages()
    {
        var user = long.Parse(File.ReadLines(Repository.PathOf("Dockerfile")).Single(line => line.StartsWith("USER ", StringComparison.Ordinal))[5..], System.Globalization.CultureInfo.InvariantCulture);

        Assert.All(Roles, role => Assert.Equal(user, role.Spec.Template.Spec.SecurityContext.RunAsUser));
    }

    [Fact]
    public void Secrets_InTheRepository_AreNone() => Assert.All(
        (string[])[KubernetesManifests.Base, KubernetesManifests.Trial, KubernetesManifests.Autoscaling],
        folder => Assert.Empty(KubernetesManifests.Of(folder).OfType<V1Secret>()));

    private PostriderConfig ReadConfig(string folder)
    {
        File.WriteAllText(Path.Combine(_secrets.FullName, "token"), "a-token-of-this-test\n");
        File.WriteAllText(Path.Combine(_secrets.FullName, "redis"), "redis://postrider:secret@redis.example:6379\n");
        var text = File.ReadAllText(KubernetesManifests.PathOf(folder, "postrider.yaml")).Replace("/run/secrets/postrider", _secrets.FullName, StringComparison.Ordinal);
        return new YamlConfigReader(BuiltInDestinations.All, _ => null).ReadText(text, $"{folder}/postrider.yaml", "/etc/postrider");
    }

    private static string Uncommented(string folder) => string.Join(
        '\n', File.ReadLines(KubernetesManifests.PathOf(folder, "postrider.yaml")).Where(line => !line.StartsWith('#')));

    [GeneratedRegex(@"\$\{file:([^}]+)/(\w+)\}")]
    private static partial Regex SecretFile();
}
