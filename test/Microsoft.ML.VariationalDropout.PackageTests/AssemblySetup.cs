// One package, one scratch project: the tests look at the same files, and the processes that they start want the processor for themselves.
[assembly: DoNotParallelize]
