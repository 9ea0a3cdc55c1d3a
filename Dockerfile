# Postrider in one image: `postrider run`, and every other verb. Built from the repository's root: docker build -t postrider .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# What decides on packages first, so that a change of the sources does not restore them again.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/Postrider/Postrider.csproj src/Postrider/
COPY src/Postrider.Console/Postrider.Console.csproj src/Postrider.Console/
COPY src/Postrider.Server/Postrider.Server.csproj src/Postrider.Server/
RUN dotnet restore src/Postrider.Server/Postrider.Server.csproj

# The OpenAPI documents are part of the library.
COPY docs/openapi/ docs/openapi/
COPY src/Postrider/ src/Postrider/
COPY src/Postrider.Console/ src/Postrider.Console/
COPY src/Postrider.Server/ src/Postrider.Server/
RUN dotnet publish src/Postrider.Server/Postrider.Server.csproj --no-restore -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# The runtime writes its diagnostics socket to /tmp, which a read-only container has not.
ENV DOTNET_EnableDiagnostics=0
COPY --from=build /app /app
COPY deploy/postrider.yaml /etc/postrider/postrider.yaml

# The user that Microsoft's images bring for this, by number, so that orchestrators can see that it is not root.
USER 1654
WORKDIR /etc/postrider
EXPOSE 3000 3001

# Answers 0 when the server is ready; the base image has no curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/app/postrider", "status", "--ready"]
ENTRYPOINT ["/app/postrider"]
CMD ["run", "--config", "/etc/postrider/postrider.yaml"]
