namespace Postrider.Diagnostics;

/// <summary>The ids of all log messages: a block of 1000 for each folder, never reused.</summary>
internal static class LogEvents
{
    // Log: 1000
    public const int LogOpened = 1000;
    public const int LogWriteFailed = 1001;
    public const int LogRollFailed = 1002;
    public const int LogListenerFailed = 1003;
    public const int LogTailCut = 1004;
    public const int LogStateReplaced = 1005;
    public const int LogTruncated = 1006;
    public const int LogTruncateFailed = 1007;
    public const int LogFull = 1008;
    public const int LogHasRoom = 1009;
    public const int LogStateOlder = 1010;
    public const int RepeatsUnreadable = 1050;
    public const int RedisLogOpened = 1100;
    public const int RedisGenerationMoved = 1101;
    public const int RedisPartitionLost = 1102;
    public const int RedisUnreachable = 1103;
    public const int RedisReachable = 1104;
    public const int RedisAppendUnknown = 1105;
    public const int RedisListenerFailed = 1106;
    public const int RedisTrimFailed = 1107;
    public const int RedisFull = 1108;
    public const int RedisHasRoom = 1109;
    public const int RedisLogRefused = 1110;
    public const int RedisOpenWaits = 1111;
    public const int RedisPartUnreachable = 1112;

    public const int LeaseTaken = 1120;
    public const int LeaseLost = 1121;
    public const int LeaseNotReleased = 1122;

    public const int RedisChecked = 1180;
    public const int RedisRefused = 1181;
    public const int RedisLoading = 1182;
    public const int RedisAwaited = 1183;

    // Gateway: 2000
    public const int PublishFailed = 2000;
    public const int CertificateLoaded = 2001;
    public const int CertificateUnusable = 2002;
    public const int SegmentRequestFailed = 2010;
    public const int RejectedNotKept = 2011;
    public const int EventDoorFailed = 2030;
    public const int ConflictingRepeat = 2032;
    public const int ConflictingRepeats = 2033;

    // Delivery: 3000
    public const int Delivered = 3000;
    public const int AttemptFailed = 3001;
    public const int DestinationThrew = 3002;
    public const int SaveFailed = 3003;
    public const int SavedLate = 3004;
    public const int BreakerOpened = 3005;
    public const int BreakerClosed = 3006;
    public const int DestinationDisabled = 3007;
    public const int DispatcherFailed = 3008;
    public const int ReadFailed = 3009;
    public const int DestinationAdded = 3010;
    public const int DestinationForgotten = 3012;
    public const int StoppedWithAttempts = 3013;
    public const int DestinationKept = 3014;
    public const int ForgettingFailed = 3015;
    public const int ReplayFailed = 3020;
    public const int ReplayStarted = 3021;
    public const int ReplayEnded = 3022;
    public const int BacklogSkipped = 3023;
    public const int BacklogOverLimit = 3024;
    public const int BacklogCheckFailed = 3025;
    public const int PartitionMoved = 3026;
    public const int PartitionBeginFailed = 3027;
    public const int PartitionBegun = 3028;
    public const int ReplayOwnerSilent = 3029;
    public const int PartitionHandedOver = 3030;
    public const int HoldShared = 3031;
    public const int SharingFailed = 3032;
    public const int StatusNotTold = 3033;
    public const int ReplayNotTakenBack = 3045;

    // Destinations: 4000

    // Configuration: 5000

    // Operations: 6000
    public const int AdminCallRefused = 6000;
    public const int AdminCallFailed = 6001;
    public const int DestinationPaused = 6002;
    public const int DestinationResumed = 6003;
    public const int DestinationDisabledByOperator = 6004;
    public const int DeadLettersDeleted = 6005;
    public const int RejectedEventsDeleted = 6006;
    public const int LoggedIn = 6030;
    public const int LoginFailed = 6031;
    public const int AuditNotWritten = 6032;

    // Library root: 7000
    public const int ConfigReloaded = 7000;
    public const int ConfigRefused = 7001;
    public const int ConfigWaitsForStart = 7002;
    public const int HangupReloadRefused = 7003;
    public const int HangupReloadFailed = 7004;
    public const int HistoryInMemory = 7005;
    public const int ConfigReloadWaits = 7006;
    public const int TelemetryHasNoExporter = 7007;

    // Journal: 8000
    public const int JournalUnreadable = 8000;
    public const int JournalNotKept = 8001;
    public const int JournalGatherFailed = 8002;
}
