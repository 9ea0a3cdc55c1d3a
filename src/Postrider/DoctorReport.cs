using Postrider.Diagnostics;

namespace Postrider;

/// <summary>All that an examination found.</summary>
/// <param name="Errors">How many findings are errors.</param>
/// <param name="Warnings">How many are warnings.</param>
/// <param name="Findings">The findings, in the order of the examination.</param>
public sealed record DoctorReport(int Errors, int Warnings, IReadOnlyList<Finding> Findings)
{
    /// <summary>Counts.</summary>
    public static DoctorReport Of(IReadOnlyList<Finding> findings) => new(
        findings.Count(finding => finding.Level is FindingLevel.Error), findings.Count(finding => finding.Level is FindingLevel.Warning), findings);
}
