"""How a kernel that starts tells the gateway where it is reached."""
