// libtorch has one random generator and one set of threads a process: tests that seed it must not run side by side.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
