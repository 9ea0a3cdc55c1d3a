-- One reading command on one of the keys.
return {'ok', call(ARGV[2], KEYS[tonumber(ARGV[3])], unpack(ARGV, 4))}
