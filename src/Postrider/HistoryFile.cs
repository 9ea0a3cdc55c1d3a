using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider;

/// <summary>Opens the file in which a process keeps its history where its log's storage is not its own.</summary>
internal static partial class HistoryFile
{
    /// <summary>The file; null: the log keeps records itself, or the folder cannot be used, and then the history lives in memory alone.</summary>
    public static RecordFile? Open(IEventLog log, PostriderConfig config, ILoggerFactory loggers)
    {
        if (log.Records is not null)
        {
            return null;
        }

        try
        {
            return RecordFile.Open(config.Admin.History);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Delivery needs no folder where the log is on Redis: a container may have none that it can write to.
            Log.InMemory(loggers.CreateLogger("Postrider.HistoryFile"), config.Admin.History, exception.Message);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.HistoryInMemory, LogLevel.Warning, "The history is kept in memory alone and ends with the process: admin.history, {Folder}, cannot be used: {Reason}")]
        public static partial void InMemory(ILogger logger, string folder, string reason);
    }
}
