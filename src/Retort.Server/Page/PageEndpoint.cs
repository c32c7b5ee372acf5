namespace Retort.Server.Page;

/// <summary>The page at <c>/</c> and the API's description: files that are part of the program.</summary>
internal static class PageEndpoint
{
    // No script but its own, no other host, no frame around it, and no text that becomes markup.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'";

    public static void Map(IEndpointRouteBuilder routes, bool page)
    {
        Map(routes, "/openapi.json", "openapi.json", "application/json");
        if (!page)
            return;
        Map(routes, "/", "index.html", "text/html; charset=utf-8");
        Map(routes, "/page.css", "page.css", "text/css; charset=utf-8");
        Map(routes, "/page.js", "page.js", "text/javascript; charset=utf-8");
        Map(routes, "/icon.svg", "icon.svg", "image/svg+xml");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string name, string type)
    {
        byte[] content = Read(name);
        routes.MapGet(path, async context =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.ContentType = type;
            context.Response.ContentLength = content.Length;
            await context.Response.BodyWriter.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
        });
    }

    private static byte[] Read(string name)
    {
        using Stream stream = typeof(PageEndpoint).Assembly.GetManifestResourceStream($"Page/{name}")
            ?? throw new InvalidOperationException($"the program lacks its part {name}");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
