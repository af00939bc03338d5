#include "app/host/netlink.h"

#include <fmt/format.h>
#include <netlink/errno.h>
#include <sysexits.h>

namespace palabre::app {

Error KernelTable::not_told(std::string_view what, int status) {
  return {EX_OSERR, fmt::format("The kernel does not list this machine's {} ({}); check that the "
                                "server's user may open a netlink socket, as `ip route` does.",
                                what, nl_geterror(status))};
}

}  // namespace palabre::app
