using System.Diagnostics;
using k8s;
using k8s.Models;
using Postrider.Tests.Configuration;

namespace Postrider.Tests.Deploy;

/// <summary>The manifests as the official client's models, read strictly: a member that its kind does not have is refused, as is a wrong type.</summary>
internal static class KubernetesManifests
{
    public const string Base = "base";
    public const string Trial = "trial";
    public const string Autoscaling = "autoscaling";

    private static readonly string Folder = Path.Combine(ConfigSamples.Root, "deploy", "kubernetes");

    public static string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>What kustomize takes from a folder by itself.</summary>
    public static IReadOnlyList<object> Of(string folder) =>
        [.. FilesOf(folder).SelectMany(file => Read(File.ReadAllText(PathOf(folder, file))))];

    /// <summary>The names of a folder's files of manifests.</summary>
    public static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(PathOf(folder), "*.yaml")
        .Select(file => Path.GetFileName(file)!)
        .Where(file => file is not ("kustomization.yaml" or "postrider.yaml"))
        .Order(StringComparer.Ordinal);

    public static List<object> Read(string yaml) => KubernetesYaml.LoadAllFromString(yaml, strict: true);

    /// <summary>What <c>kubectl apply -k</c> would send, from a folder anywhere. Skips the test where there is no kubectl.</summary>
    public static async Task<List<object>> RenderAsync(string folder)
    {
        var kubectl = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(path => Path.Combine(path, "kubectl")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(kubectl is null, "kubectl is not installed.");
        using var process = Process.Start(new ProcessStartInfo(kubectl!, ["kustomize", "--load-restrictor", "LoadRestrictionsNone", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var yaml = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return Read(yaml);
    }

    /// <summary>The pods that a kind makes; null: it makes none.</summary>
    public static V1PodTemplateSpec? TemplateOf(object manifest) => manifest switch
    {
        V1Deployment deployment => deployment.Spec.Template,
        V1StatefulSet set => set.Spec.Template,
        _ => null,
    };

    /// <summary>Whether a selector chooses pods with these labels.</summary>
    public static bool Matches(IDictionary<string, string> selector, V1PodTemplateSpec template) =>
        selector.Count > 0 && selector.All(label => template.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
