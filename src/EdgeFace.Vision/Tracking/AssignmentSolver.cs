namespace EdgeFace.Vision.Tracking;

/// <summary>
/// The assignment of rows to columns with the least total cost, by shortest augmenting paths with dual prices
/// (Jonker and Volgenant 1987; for rectangular matrices Crouse 2016). O(n^2 m) for n the smaller side. Allocates nothing.
/// </summary>
/// <param name="maxRows">The most rows of a matrix.</param>
/// <param name="maxColumns">The most columns of a matrix.</param>
internal sealed class AssignmentSolver(int maxRows, int maxColumns)
{
    private const int None = -1;

    private readonly double[] _workerPrice = new double[Math.Min(maxRows, maxColumns)];
    private readonly double[] _jobPrice = new double[Math.Max(maxRows, maxColumns)];
    private readonly double[] _distance = new double[Math.Max(maxRows, maxColumns)];
    private readonly int[] _workerOfJob = new int[Math.Max(maxRows, maxColumns)];
    private readonly int[] _jobOfWorker = new int[Math.Min(maxRows, maxColumns)];
    private readonly int[] _cameFrom = new int[Math.Max(maxRows, maxColumns)];
    private readonly bool[] _settled = new bool[Math.Max(maxRows, maxColumns)];

    /// <summary>Assigns as many rows as the smaller side has.</summary>
    /// <param name="cost">Row-major, rows x columns, finite; any sign.</param>
    /// <param name="rows">0 or more.</param>
    /// <param name="columns">0 or more.</param>
    /// <param name="columnOfRow">Receives each row's column, or -1 for a row without one; at least <paramref name="rows"/> long.</param>
    public void Solve(ReadOnlySpan<float> cost, int rows, int columns, Span<int> columnOfRow)
    {
        columnOfRow[..rows].Fill(None);
        if (rows == 0 || columns == 0)
            return;

        // Workers are the smaller side, so that each of them finds a job.
        var transposed = rows > columns;
        var matrix = new View(cost, transposed ? 1 : columns, transposed ? columns : 1);
        var workers = Math.Min(rows, columns);
        var jobs = Math.Max(rows, columns);
        _workerPrice.AsSpan(0, workers).Clear();
        _jobPrice.AsSpan(0, jobs).Clear();
        _workerOfJob.AsSpan(0, jobs).Fill(None);
        _jobOfWorker.AsSpan(0, workers).Fill(None);
        for (var worker = 0; worker < workers; worker++)
            Augment(FindPath(matrix, worker, jobs));

        for (var worker = 0; worker < workers; worker++)
        {
            var job = _jobOfWorker[worker];
            columnOfRow[transposed ? job : worker] = transposed ? worker : job;
        }
    }

    /// <summary>Dijkstra over reduced costs from one worker to the nearest free job; then the prices that keep them at 0 or above.</summary>
    private int FindPath(View matrix, int start, int jobs)
    {
        _distance.AsSpan(0, jobs).Fill(double.PositiveInfinity);
        _settled.AsSpan(0, jobs).Clear();
        _cameFrom.AsSpan(0, jobs).Fill(start);
        var worker = start;
        double travelled = 0;
        int job;
        do
        {
            job = Relax(matrix, worker, travelled, jobs);
            travelled = _distance[job];
            _settled[job] = true;
            worker = _workerOfJob[job];
        }
        while (worker != None);

        _workerPrice[start] += travelled;
        for (var j = 0; j < jobs; j++)
        {
            if (!_settled[j])
                continue;
            var slack = travelled - _distance[j];
            _jobPrice[j] -= slack;
            if (_workerOfJob[j] != None)
                _workerPrice[_workerOfJob[j]] += slack;
        }

        return job;
    }

    /// <summary>Shortens the ways through one worker and returns the nearest job that is not settled yet, a free one where several are.</summary>
    private int Relax(View matrix, int worker, double travelled, int jobs)
    {
        var nearest = None;
        for (var job = 0; job < jobs; job++)
        {
            if (_settled[job])
                continue;
            var distance = travelled + matrix[worker, job] - _workerPrice[worker] - _jobPrice[job];
            if (distance < _distance[job])
            {
                _distance[job] = distance;
                _cameFrom[job] = worker;
            }

            if (nearest == None || _distance[job] < _distance[nearest]
                || (_distance[job] == _distance[nearest] && _workerOfJob[job] == None && _workerOfJob[nearest] != None))
            {
                nearest = job;
            }
        }

        return nearest;
    }

    /// <summary>Turns the path round: every worker on it leaves its job for the one that it was reached from.</summary>
    private void Augment(int job)
    {
        while (job != None)
        {
            var worker = _cameFrom[job];
            var left = _jobOfWorker[worker];
            _workerOfJob[job] = worker;
            _jobOfWorker[worker] = job;
            job = left;
        }
    }

    private readonly ref struct View(ReadOnlySpan<float> cost, int workerStride, int jobStride)
    {
        private readonly ReadOnlySpan<float> _cost = cost;

        public double this[int worker, int job] => _cost[worker * workerStride + job * jobStride];
    }
}
