namespace Retort.Runtime.Kernels;

/// <summary>A window's width that the compiler knows, so that its rows are added without a loop.</summary>
internal interface IWidth
{
    static abstract int Value { get; }
}

internal readonly struct Width1 : IWidth
{
    public static int Value => 1;
}

internal readonly struct Width2 : IWidth
{
    public static int Value => 2;
}

internal readonly struct Width3 : IWidth
{
    public static int Value => 3;
}

internal readonly struct Width4 : IWidth
{
    public static int Value => 4;
}

internal readonly struct Width5 : IWidth
{
    public static int Value => 5;
}

/// <summary>Any width of more than 5.</summary>
internal readonly struct WideWidth : IWidth
{
    public static int Value => int.MaxValue;
}
