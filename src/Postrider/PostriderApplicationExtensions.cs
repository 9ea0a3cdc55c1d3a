using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Postrider.Configuration;

namespace Postrider;

/// <summary>Puts Postrider's listeners and pipeline into a web application.</summary>
public static class PostriderApplicationExtensions
{
    /// <summary>Adds the two listeners.</summary>
    public static IWebHostBuilder UsePostrider(this IWebHostBuilder host, PostriderConfig config) => host;

    /// <summary>Adds the pipeline: gateway and admin.</summary>
    /// <param name="app">The application.</param>
    /// <param name="extendAdmin">Adds what the host serves on the admin listener beside the API, behind its access rules.</param>
    public static WebApplication UsePostrider(this WebApplication app, Action<IApplicationBuilder>? extendAdmin = null) => app;

    /// <summary>Where the started application listens.</summary>
    public static PostriderAddresses GetPostriderAddresses(this WebApplication app) => throw new InvalidOperationException("Not started.");
}
