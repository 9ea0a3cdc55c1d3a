namespace Postrider.Destinations.Http;

/// <summary>A token, or why there is none.</summary>
internal readonly record struct TokenAnswer(AccessToken? Token, DeliveryResult? Failure);
