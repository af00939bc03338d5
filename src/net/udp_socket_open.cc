#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/fail.h"
#include "net/udp_socket.h"

// The opening of UdpSocket, and its options.

namespace palabre::net {
namespace {

// The default receive buffer holds 256 datagrams; a burst of a few thousand should fit.
constexpr int kReceiveBufferBytes = 8 << 20;
// Datagrams to a neighbour with unresolved hardware address wait here, up to 212,992 bytes each:
// room for the 64 guests of a /24, and for everybody else.
constexpr int kSendBufferBytes = 32 << 20;
// Buffer space that the kernel charges for a datagram of the longest line.
constexpr int kTakenByADatagram = 2304;

void set_option(int descriptor, int level, int name, int value, const char* what) {
  if (setsockopt(descriptor, level, name, &value, sizeof value) != 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

/// Negative: no such option, or not a socket.
int option_of(int descriptor, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

void enlarge_buffer(int descriptor, int bytes, int forced, int polite) {
  // With the capability beyond the administrator's limit; without it, up to that limit.
  if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) {
    setsockopt(descriptor, SOL_SOCKET, polite, &bytes, sizeof bytes);
  }
}

Address address_of(int descriptor) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &length);
  if (storage.ss_family == AF_INET) return Address(reinterpret_cast<const sockaddr_in&>(storage));
  return Address(reinterpret_cast<const sockaddr_in6&>(storage));
}

/// Does not fall back to that limit, which may be below the present size.
void enlarge_passed_buffer(int descriptor, int bytes, int forced, int polite) {
  if (option_of(descriptor, polite) / 2 < bytes) {  // the kernel doubles the value it is given
    setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes);
  }
}

Unexpected<Error> not_adopted(int descriptor, std::string_view why) {
  return fail(EX_CONFIG,
              "The socket passed as descriptor {} {}; palabre takes a bound "
              "UDP socket, as ListenDatagram=5000 in a socket unit makes it.",
              descriptor, why);
}

Error bind_error(int code, const Address& at) {
  switch (code) {
    case EADDRINUSE:
      return {EX_UNAVAILABLE,
              fmt::format("UDP port {} is in use by another program; end it, or choose another "
                          "port with --port.",
                          at.port())};
    case EADDRNOTAVAIL:
    case EINVAL:  // a multicast address, or a link-local one without its interface
      return {
          EX_UNAVAILABLE,
          fmt::format("{} is not an address of this machine; see `ip address` (a link-local one "
                      "needs its interface: fe80::1%eth0), or omit --bind to use all.",
                      at.ip())};
    case EACCES:
      return {EX_NOPERM, fmt::format("UDP port {} needs a right that this user does not have; "
                                     "choose one above 1023 with --port.",
                                     at.port())};
    default:
      return {EX_OSERR, fmt::format("The UDP socket cannot be bound to {}: {}.", at.label(),
                                    std::generic_category().message(code))};
  }
}

}  // namespace

Result<std::unique_ptr<UdpSocket>> UdpSocket::open(const Address& at) {
  constexpr int kType = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  bool v4_only = false;
  int descriptor = socket(AF_INET6, kType, 0);
  if (descriptor < 0 && errno == EAFNOSUPPORT) {
    v4_only = true;
    descriptor = socket(AF_INET, kType, 0);
  }
  if (descriptor < 0) {
    return fail(EX_OSERR, "No UDP socket can be made: {}.", std::generic_category().message(errno));
  }
  std::unique_ptr<UdpSocket> opened(new UdpSocket(descriptor, v4_only));
  if (v4_only && !at.is_v4() && !at.is_unspecified()) {
    return fail(bind_error(EADDRNOTAVAIL, at));
  }

  int status = 0;
  if (v4_only) {
    const sockaddr_in any{
        .sin_family = AF_INET, .sin_port = htons(at.port()), .sin_addr = {}, .sin_zero = {}};
    const sockaddr_in address = at.raw_v4().value_or(any);
    status = bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY");
    status = bind(descriptor, reinterpret_cast<const sockaddr*>(&at.raw()), sizeof at.raw());
  }
  if (status != 0) return fail(bind_error(errno, at));
  enlarge_buffer(descriptor, kReceiveBufferBytes, SO_RCVBUFFORCE, SO_RCVBUF);
  enlarge_buffer(descriptor, kSendBufferBytes, SO_SNDBUFFORCE, SO_SNDBUF);
  return opened;
}

Result<std::unique_ptr<UdpSocket>> UdpSocket::adopt(int descriptor) {
  const int family = option_of(descriptor, SO_DOMAIN);
  if ((family != AF_INET6 && family != AF_INET) ||
      option_of(descriptor, SO_PROTOCOL) != IPPROTO_UDP) {
    return not_adopted(descriptor, "is not a UDP socket");
  }
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&storage), &length) == 0) {
    return not_adopted(descriptor, "is connected to one address and receives from no other");
  }
  if (address_of(descriptor).port() == 0) return not_adopted(descriptor, "is not bound to a port");
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "fcntl");
  }
  enlarge_passed_buffer(descriptor, kReceiveBufferBytes, SO_RCVBUFFORCE, SO_RCVBUF);
  enlarge_passed_buffer(descriptor, kSendBufferBytes, SO_SNDBUFFORCE, SO_SNDBUF);
  return std::unique_ptr<UdpSocket>(new UdpSocket(descriptor, family == AF_INET));
}

UdpSocket::UdpSocket(int descriptor, bool v4_only)
    : descriptor_(descriptor),
      v4_only_(v4_only),
      slots_(std::make_unique_for_overwrite<std::byte[]>(kReceiveBatch * kSlotBytes)) {
  inbound_.reserve(kReceiveBatch);
  for (std::size_t slot = 0; slot < kReceiveBatch; ++slot) prepare_slot(slot);
  set_option(descriptor_.number(), SOL_SOCKET, SO_RXQ_OVFL, 1, "SO_RXQ_OVFL");
  if (!v4_only_)
    set_option(descriptor_.number(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
  if (v4_only_) set_option(descriptor_.number(), IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
}

Address UdpSocket::local_address() const { return address_of(descriptor_.number()); }

void UdpSocket::set_dont_fragment() const {
  set_option(descriptor_.number(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE,
             "IP_MTU_DISCOVER");
  if (v4_only_) return;
  set_option(descriptor_.number(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE,
             "IPV6_MTU_DISCOVER");
}

void UdpSocket::set_report_refusals() {
  reports_refusals_ = true;
  set_option(descriptor_.number(), IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR");
  if (!v4_only_) set_option(descriptor_.number(), IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR");
}

void UdpSocket::when_filling(std::function<void()> call) {
  when_filling_ = std::move(call);
  send_buffer_ = option_of(descriptor_.number(), SO_SNDBUF);
  // Less than two batches are sent between two looks at the buffer: an eighth of it.
  const int datagrams = send_buffer_ / 16 / kTakenByADatagram;
  most_at_once_ = std::clamp<std::size_t>(static_cast<std::size_t>(datagrams), 1, kSendBatch);
}

}  // namespace palabre::net
