#include "net/udp_socket.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace palabre::net {
namespace {

// A default receive buffer holds 256 datagrams; a burst of a few thousand should be waited for.
constexpr int kSocketBufferBytes = 8 << 20;

void set_option(int descriptor, int level, int name, int value, const char* what) {
  if (setsockopt(descriptor, level, name, &value, sizeof value) != 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

void enlarge_buffer(int descriptor, int forced, int polite) {
  const int bytes = kSocketBufferBytes;
  // Past the administrator's limit only with the capability; without it, up to that limit.
  if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) {
    setsockopt(descriptor, SOL_SOCKET, polite, &bytes, sizeof bytes);
  }
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
      return {EX_UNAVAILABLE,
              fmt::format("{} is no address of this machine; see `ip address` (a link-local one "
                          "needs its interface: fe80::1%eth0), or leave --bind away to take all.",
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
    return Unexpected<Error>(Error{EX_OSERR, fmt::format("No UDP socket can be made: {}.",
                                                         std::generic_category().message(errno))});
  }
  std::unique_ptr<UdpSocket> opened(new UdpSocket(descriptor, v4_only));
  if (v4_only && !at.is_v4() && !at.is_unspecified()) {
    return Unexpected<Error>(bind_error(EADDRNOTAVAIL, at));
  }

  int status = 0;
  if (v4_only) {
    sockaddr_in address = at.raw_v4();
    if (at.is_unspecified()) address.sin_addr.s_addr = INADDR_ANY;
    status = bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY");
    status = bind(descriptor, reinterpret_cast<const sockaddr*>(&at.raw()), sizeof at.raw());
  }
  if (status != 0) return Unexpected<Error>(bind_error(errno, at));
  return opened;
}

UdpSocket::UdpSocket(int descriptor, bool v4_only)
    : descriptor_(descriptor),
      v4_only_(v4_only),
      slots_(std::make_unique_for_overwrite<std::byte[]>(kReceiveBatch * kSlotBytes)) {
  inbound_.reserve(kReceiveBatch);
  for (std::size_t slot = 0; slot < kReceiveBatch; ++slot) prepare_slot(slot);
  enlarge_buffer(descriptor_, SO_RCVBUFFORCE, SO_RCVBUF);
  enlarge_buffer(descriptor_, SO_SNDBUFFORCE, SO_SNDBUF);
  set_option(descriptor_, SOL_SOCKET, SO_RXQ_OVFL, 1, "SO_RXQ_OVFL");
  if (!v4_only_) set_option(descriptor_, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
  if (v4_only_) set_option(descriptor_, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
}

UdpSocket::~UdpSocket() { close(descriptor_); }

Address UdpSocket::local_address() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &length);
  if (storage.ss_family == AF_INET) return Address(reinterpret_cast<const sockaddr_in&>(storage));
  return Address(reinterpret_cast<const sockaddr_in6&>(storage));
}

void UdpSocket::prepare_slot(std::size_t slot) {
  receive_parts_[slot] = {slots_.get() + slot * kSlotBytes, kLongestDatagram};
  msghdr& header = receive_headers_[slot].msg_hdr;
  header = {};
  header.msg_name = &senders_[slot];
  header.msg_namelen = sizeof senders_[slot];
  header.msg_iov = &receive_parts_[slot];
  header.msg_iovlen = 1;
  header.msg_control = &receive_control_[slot];
  header.msg_controllen = sizeof receive_control_[slot];
}

std::span<const Inbound> UdpSocket::receive() {
  for (std::size_t slot = 0; slot < inbound_.size(); ++slot) prepare_slot(slot);
  inbound_.clear();
  const int count = recvmmsg(descriptor_, receive_headers_.data(), kReceiveBatch, 0, nullptr);
  for (int slot = 0; slot < count; ++slot) {
    inbound_.push_back(read_slot(static_cast<std::size_t>(slot)));
  }
  counts_.received += inbound_.size();
  return inbound_;
}

Inbound UdpSocket::read_slot(std::size_t slot) {
  Inbound inbound;
  const auto& sender = senders_[slot];
  inbound.path.peer = sender.ss_family == AF_INET
                          ? Address(reinterpret_cast<const sockaddr_in&>(sender))
                          : Address(reinterpret_cast<const sockaddr_in6&>(sender));
  inbound.bytes = {static_cast<const char*>(receive_parts_[slot].iov_base),
                   receive_headers_[slot].msg_len};
  msghdr& header = receive_headers_[slot].msg_hdr;
  for (cmsghdr* note = CMSG_FIRSTHDR(&header); note != nullptr; note = CMSG_NXTHDR(&header, note)) {
    if (note->cmsg_level == IPPROTO_IPV6 && note->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(note), sizeof info);
      inbound.path.local = info.ipi6_addr;
    } else if (note->cmsg_level == IPPROTO_IP && note->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(note), sizeof info);
      std::memcpy(&inbound.path.local.s6_addr[12], &info.ipi_spec_dst, sizeof info.ipi_spec_dst);
    } else if (note->cmsg_level == SOL_SOCKET && note->cmsg_type == SO_RXQ_OVFL) {
      std::uint32_t overflow = 0;
      std::memcpy(&overflow, CMSG_DATA(note), sizeof overflow);
      counts_.overflowed += overflow - last_overflow_;  // the kernel's counter may wrap
      last_overflow_ = overflow;
    }
  }
  return inbound;
}

void UdpSocket::prepare_send(std::span<const Outbound> datagrams) {
  for (std::size_t i = 0; i < datagrams.size(); ++i) {
    const Path& path = *datagrams[i].path;
    msghdr& header = send_headers_[i].msg_hdr;
    header = {};
    header.msg_iov = const_cast<iovec*>(datagrams[i].parts.data());
    header.msg_iovlen = datagrams[i].parts.size();
    if (v4_only_) {
      receivers_v4_[i] = path.peer.raw_v4();
      header.msg_name = &receivers_v4_[i];
      header.msg_namelen = sizeof receivers_v4_[i];
    } else {
      header.msg_name = const_cast<sockaddr_in6*>(&path.peer.raw());
      header.msg_namelen = sizeof path.peer.raw();
    }
    if (IN6_IS_ADDR_UNSPECIFIED(&path.local)) continue;
    auto* note = reinterpret_cast<cmsghdr*>(send_control_[i].bytes.data());
    header.msg_control = note;
    if (v4_only_) {
      in_pktinfo info{};
      std::memcpy(&info.ipi_spec_dst, &path.local.s6_addr[12], sizeof info.ipi_spec_dst);
      *note = {CMSG_LEN(sizeof info), IPPROTO_IP, IP_PKTINFO};
      std::memcpy(CMSG_DATA(note), &info, sizeof info);
    } else {
      in6_pktinfo info{.ipi6_addr = path.local, .ipi6_ifindex = 0};
      *note = {CMSG_LEN(sizeof info), IPPROTO_IPV6, IPV6_PKTINFO};
      std::memcpy(CMSG_DATA(note), &info, sizeof info);
    }
    // Without the padding after it, the note just fits what the kernel keeps on its stack.
    header.msg_controllen = note->cmsg_len;
  }
}

std::size_t UdpSocket::send(std::span<const Outbound> datagrams) {
  std::size_t done = 0;
  while (done < datagrams.size()) {
    const auto batch = datagrams.subspan(done, std::min(kSendBatch, datagrams.size() - done));
    prepare_send(batch);
    std::size_t next = 0;
    while (next < batch.size()) {
      const int sent = sendmmsg(descriptor_, send_headers_.data() + next,
                                static_cast<unsigned>(batch.size() - next), 0);
      if (sent > 0) {
        next += static_cast<std::size_t>(sent);
        counts_.sent += static_cast<std::uint64_t>(sent);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return done + next;
      } else if (msghdr& first = send_headers_[next].msg_hdr; first.msg_control != nullptr) {
        // It may be the near address that does not serve: one written to by broadcast, one that
        // this machine has lost since. Let the kernel choose.
        first.msg_control = nullptr;
        first.msg_controllen = 0;
      } else {
        ++next;  // the first of the rest is what failed, and it alone
        ++counts_.undeliverable;
      }
    }
    done += batch.size();
  }
  return done;
}

}  // namespace palabre::net
