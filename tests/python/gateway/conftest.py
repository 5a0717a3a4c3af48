from orchest_gateway import unused

# As the gateway does, before Enterprise Gateway is imported.
unused.leave_out()
