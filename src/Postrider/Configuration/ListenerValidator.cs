namespace Postrider.Configuration;

/// <summary>Checks <c>gateway</c> and <c>admin</c>: where the server listens, and who may ask.</summary>
internal sealed class ListenerValidator(ConfigErrors errors)
{
    private const string Expected = "expected scheme, IP address or localhost, and port, as http://0.0.0.0:3000";

    public void Validate(PostriderConfig config)
    {
        var gateway = Parse(config.Gateway.Listen, "gateway.listen");
        var admin = Parse(config.Admin.Listen, "admin.listen");
        ValidateCertificate(config.Gateway.Certificate, gateway);
        new AdminValidator(errors).Validate(config.Admin, admin);
        if (gateway is not null && admin is not null && gateway.Collides(admin))
        {
            errors.Add(errors.Written("admin.listen", "gateway.listen"), $"gateway and admin both listen on port {admin.Port}; give one another port");
        }
    }

    private ListenAddress? Parse(string listen, string path)
    {
        if (ListenAddress.TryParse(listen, out var address))
        {
            return address;
        }

        errors.Add(path, Expected);
        return null;
    }

    private void ValidateCertificate(CertificateConfig? certificate, ListenAddress? gateway)
    {
        if (gateway is { IsHttps: true } && certificate is null && !errors.Has("gateway.certificate"))
        {
            errors.Add("gateway.listen", "https needs a certificate; add certificate: { file: …, keyFile: … }");
        }

        if (gateway is { IsHttps: false } && certificate is not null)
        {
            errors.Add("gateway.certificate", "not used, because listen is http; write https there, or remove the certificate");
        }

        RequireFile(certificate?.File, "gateway.certificate.file");
        RequireFile(certificate?.KeyFile, "gateway.certificate.keyFile");
    }

    private void RequireFile(string? file, string path)
    {
        if (!string.IsNullOrEmpty(file) && !File.Exists(file))
        {
            errors.Add(path, $"there is no file '{file}'");
        }
    }
}
