using System.Reflection;
using System.Runtime.Loader;

namespace EdgeFace.TestKit;

/// <summary>The other end of <see cref="RestrictedProcess"/>: <c>ASSEMBLY TYPE METHOD</c>.</summary>
internal static class RestrictedEntry
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [var assembly, var type, var method])
        {
            Console.Error.WriteLine("usage: EdgeFace.TestKit ASSEMBLY TYPE METHOD");
            return 2;
        }

        try
        {
            AssemblyLoadContext.Default.LoadFromAssemblyPath(assembly)
                .GetType(type, throwOnError: true)!
                .GetMethod(method, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
                .Invoke(null, null);
            return 0;
        }
        catch (TargetInvocationException failure)
        {
            Console.Error.WriteLine(failure.InnerException);
            return 1;
        }
    }
}
