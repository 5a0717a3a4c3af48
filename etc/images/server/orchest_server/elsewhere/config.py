"""Jupyter's configuration for a gateway that is not the launch's own."""

from orchest_server.elsewhere.terminals import without_command


def configure(c, place):
    """Sets it in place of that for the launch's own gateway. The token and the keys stay out of it (`asking.py`)."""
    c.GatewayClient.url = place.url
    c.GatewayClient.ws_url = place.ws_url
    c.GatewayClient.auth_token = ""
    # A page waits as long as it is open: hours.
    c.GatewayClient.gateway_retry_max = 1000
    c.GatewayClient.gateway_retry_interval_max = 5.0
    c.ServerApp.kernel_manager_class = "orchest_server.elsewhere.kernels.Own"
    c.ServerApp.kernel_spec_manager_class = "orchest_server.elsewhere.specs.Specs"
    c.ServerApp.kernel_websocket_connection_class = "orchest_server.elsewhere.classic.Classic"
    c.ServerApp.tornado_settings["page_config_hook"] = without_command
