"""The gateway's application, with all that the other files change in place."""

import sys

from enterprise_gateway.enterprisegatewayapp import EnterpriseGatewayApp

from orchest_common.gateway_socket import PATH
from orchest_gateway import engine, name_header
from orchest_gateway.kernels import actions
from orchest_gateway.kernels.pages import let_pages_come_to_the_dead
from orchest_gateway.launch import KERNEL, TOKEN
from orchest_gateway.listening import http_server, names_a_port
from orchest_gateway.messages import prepare as messages
from orchest_gateway.messages.page import Channels
from orchest_gateway.reports import response_port
from orchest_gateway.request_log import log_request
from orchest_gateway.terminals import terminal as terminals


class Gateway(EnterpriseGatewayApp):
    def init_webapp(self):
        super().init_webapp()
        self.web_app.settings.update(log_function=log_request, orchest_log=self.log, **messages.SETTINGS)

    def init_http_server(self):
        self.http_server = http_server(self.web_app)
        self.log.addFilter(lambda record: not names_a_port(record))
        self.log.info("The gateway listens at %s", PATH)


def run():
    engine.reach()
    for part in (name_header, actions, response_port):
        part.patch()
    app = Gateway.instance()
    app.config.Gateway.auth_token = TOKEN
    app.config.Gateway.kernel_manager_class = "orchest_gateway.kernels.kernels.Kernels"
    app.config.Kernels.kernel_manager_class = "orchest_gateway.kernels.manager.KernelManager"
    # Only what the kernels folder holds.
    app.config.KernelSpecManager.ensure_native_kernel = False
    messages.prepare(app.config)
    let_pages_come_to_the_dead(Channels)
    terminals.prepare(KERNEL)
    app.initialize()
    if not app.auth_token:
        sys.exit("error: EG_AUTH_TOKEN is empty: every kernel could then start others")
    app.start()
