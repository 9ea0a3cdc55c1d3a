using Example.Files;
using Postrider;

return await PostriderHost.RunAsync(args, postrider => postrider.AddDestination<FileDestinationFactory>());
