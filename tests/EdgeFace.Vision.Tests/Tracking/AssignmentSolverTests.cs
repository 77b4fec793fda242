using System.Text.Json;
using EdgeFace.TestKit;
using EdgeFace.Vision.Tracking;

namespace EdgeFace.Vision.Tests.Tracking;

/// <summary>Golden data: tests/golden/tracking/generate.py, totals by scipy.optimize.linear_sum_assignment.</summary>
public sealed class AssignmentSolverTests
{
    [Fact]
    public void Total_costs_are_those_of_scipy()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Repository.Golden("tracking/assignment.json")));
        // One solver for all sizes: what an earlier, larger matrix left behind must not matter.
        var solver = new AssignmentSolver(24, 24);
        var cases = golden.RootElement.GetProperty("cases").EnumerateArray().ToArray();
        Assert.Equal(48, cases.Length);
        foreach (var item in cases.Concat(cases.Reverse()))
        {
            var rows = item.GetProperty("rows").GetInt32();
            var columns = item.GetProperty("columns").GetInt32();
            var cost = item.GetProperty("cost").EnumerateArray().Select(value => value.GetSingle()).ToArray();
            var total = TotalOf(solver, cost, rows, columns);
            Assert.Equal(item.GetProperty("total").GetDouble(), total, 4);
        }
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(0, 0)]
    public void An_empty_side_assigns_nothing(int rows, int columns)
    {
        var columnOfRow = new int[4];
        new AssignmentSolver(4, 4).Solve([], rows, columns, columnOfRow);
        Assert.All(columnOfRow.Take(rows), column => Assert.Equal(-1, column));
    }

    private static double TotalOf(AssignmentSolver solver, float[] cost, int rows, int columns)
    {
        var columnOfRow = new int[rows];
        solver.Solve(cost, rows, columns, columnOfRow);
        var assigned = columnOfRow.Where(column => column >= 0).ToArray();
        Assert.Equal(Math.Min(rows, columns), assigned.Length);
        Assert.Equal(assigned.Length, assigned.Distinct().Count());
        double total = 0;
        for (var row = 0; row < rows; row++)
        {
            if (columnOfRow[row] >= 0)
                total += cost[row * columns + columnOfRow[row]];
        }

        return total;
    }
}
