#include "app/serve/join_hint.h"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <memory>

#include "client/environment.h"

namespace palabre::app {
namespace {

bool is_link_local(const Address& address) {
  return IN6_IS_ADDR_LINKLOCAL(&address.raw().sin6_addr);
}

/// As written on another machine, whose interfaces have other numbers.
std::string name_of(const Address& address) {
  const std::string ip = address.ip();
  return is_link_local(address) ? ip.substr(0, ip.find('%')) + "%INTERFACE" : ip;
}

std::vector<Address> addresses_of_this_machine() {
  std::vector<Address> addresses;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, &freeifaddrs);
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    if (entry->ifa_addr->sa_family == AF_INET) {
      addresses.emplace_back(*reinterpret_cast<const sockaddr_in*>(entry->ifa_addr));
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
      addresses.emplace_back(*reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr));
    }
  }
  return addresses;
}

}  // namespace

std::vector<Address> reachable_at(const Address& bound) {
  if (!bound.is_unspecified()) return {bound};
  std::vector<Address> addresses = addresses_of_this_machine();
  if (bound.is_v4()) std::erase_if(addresses, [](const auto& a) { return !a.is_v4(); });
  if (std::any_of(addresses.begin(), addresses.end(),
                  [](const auto& a) { return !is_link_local(a) && !a.is_loopback(); })) {
    std::erase_if(addresses, is_link_local);
  }
  std::stable_partition(addresses.begin(), addresses.end(),
                        [](const auto& a) { return !a.is_loopback(); });
  return addresses;
}

std::string host_for_others(const std::vector<Address>& addresses) {
  const auto found = std::find_if_not(addresses.begin(), addresses.end(), is_link_local);
  if (found != addresses.end()) return found->ip();
  const std::string machine = client::machine_name();
  return machine.empty() ? "localhost" : machine;
}

std::string join_hint(const Address& bound, const std::vector<Address>& addresses,
                      bool admits_members, std::string_view who_may) {
  std::string hint = fmt::format("Palabre listens on UDP port {}. To join:\n", bound.port());
  for (const Address& address : addresses) {
    hint += fmt::format("  nc -u {} {}{}\n", name_of(address), bound.port(),
                        address.is_loopback()    ? "   (from this machine)"
                        : is_link_local(address) ? "   (INTERFACE: yours, as `ip link` has it)"
                                                 : "");
  }
  if (admits_members && !addresses.empty()) {
    const Address& first = addresses.front();
    hint += fmt::format("  palabre chat {}:{}   (encrypted, and nothing is lost)\n",
                        first.is_v4() ? first.ip() : "[" + name_of(first) + "]", bound.port());
  }
  hint += fmt::format("Who may enter: {}.\n", who_may);
  hint += "Then write something. Not yet here: the web page.\n";
  return hint;
}

}  // namespace palabre::app
