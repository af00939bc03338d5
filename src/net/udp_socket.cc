#include "net/udp_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/fail.h"

namespace palabre::net {
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

std::span<const link::Inbound> UdpSocket::receive() {
  for (std::size_t slot = 0; slot < inbound_.size(); ++slot) prepare_slot(slot);
  inbound_.clear();
  int count = recvmmsg(descriptor_.number(), receive_headers_.data(), kReceiveBatch, 0, nullptr);
  if (count < 0 && reports_refusals_) {
    drain_errors();
    count = recvmmsg(descriptor_.number(), receive_headers_.data(), kReceiveBatch, 0, nullptr);
  }
  for (int slot = 0; slot < count; ++slot) {
    inbound_.push_back(read_slot(static_cast<std::size_t>(slot)));
    if (!unreachable_.empty()) unreachable_.heard(inbound_.back().path.peer);
  }
  counts_.received += inbound_.size();
  return inbound_;
}

link::Inbound UdpSocket::read_slot(std::size_t slot) {
  link::Inbound inbound;
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
      inbound.interface = info.ipi6_ifindex;
    } else if (note->cmsg_level == IPPROTO_IP && note->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(note), sizeof info);
      std::memcpy(&inbound.path.local.s6_addr[12], &info.ipi_spec_dst, sizeof info.ipi_spec_dst);
      inbound.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
    } else if (note->cmsg_level == SOL_SOCKET && note->cmsg_type == SO_RXQ_OVFL) {
      std::uint32_t overflow = 0;
      std::memcpy(&overflow, CMSG_DATA(note), sizeof overflow);
      counts_.overflowed += overflow - last_overflow_;  // the kernel's counter may wrap
      last_overflow_ = overflow;
    }
  }
  return inbound;
}

void UdpSocket::prepare_send(std::span<const link::Outbound> datagrams) {
  for (std::size_t i = 0; i < datagrams.size(); ++i) {
    const link::Path& path = *datagrams[i].path;
    msghdr& header = send_headers_[i].msg_hdr;
    header = {};
    header.msg_iov = const_cast<iovec*>(datagrams[i].parts.data());
    header.msg_iovlen = datagrams[i].parts.size();
    // Without IPv6 the kernel refuses IPv6 addresses.
    if (const auto v4 = v4_only_ ? path.peer.raw_v4() : std::nullopt) {
      receivers_v4_[i] = *v4;
      header.msg_name = &receivers_v4_[i];
      header.msg_namelen = sizeof receivers_v4_[i];
    } else {
      header.msg_name = const_cast<sockaddr_in6*>(&path.peer.raw());
      header.msg_namelen = sizeof path.peer.raw();
    }
    prepare_control(datagrams[i], send_control_[i], header);
  }
}

void UdpSocket::prepare_control(const link::Outbound& datagram, SendControl& control,
                                msghdr& header) const {
  auto* note = reinterpret_cast<cmsghdr*>(control.bytes.data());
  std::size_t length = 0;
  const auto add = [&](int level, int type, const void* data, std::size_t bytes) {
    *note = {CMSG_LEN(bytes), level, type};
    std::memcpy(CMSG_DATA(note), data, bytes);
    // Without padding after the last note, a single address note just fits the buffer on the
    // kernel's stack.
    header.msg_control = control.bytes.data();
    header.msg_controllen = length + note->cmsg_len;
    length += CMSG_SPACE(bytes);
    note = reinterpret_cast<cmsghdr*>(control.bytes.data() + length);
  };
  const in6_addr& local = datagram.path->local;
  if (datagram.segment_bytes != 0 && kernel_cuts_) {
    add(SOL_UDP, UDP_SEGMENT, &datagram.segment_bytes, sizeof datagram.segment_bytes);
  }
  if (IN6_IS_ADDR_UNSPECIFIED(&local)) return;
  if (v4_only_) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, &local.s6_addr[12], sizeof info.ipi_spec_dst);
    add(IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  } else {
    const in6_pktinfo info{.ipi6_addr = local, .ipi6_ifindex = 0};
    add(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
}

std::size_t UdpSocket::send(std::span<const link::Outbound> datagrams) {
  std::size_t done = 0;
  while (done < datagrams.size()) {
    const std::size_t most = std::min(most_at_once_, datagrams.size() - done);
    if (when_filling_ && since_look_ >= most_at_once_) look_how_full();
    const std::size_t batch = not_withheld(datagrams.subspan(done, most));
    if (batch == 0) {
      ++done;
      ++counts_.undeliverable;
      continue;
    }
    const std::size_t sent = send_batch(datagrams.subspan(done, batch));
    done += sent;
    since_look_ += sent;
    if (sent < batch) break;
  }
  return done;
}

/// The length of the prefix that is not withheld.
std::size_t UdpSocket::not_withheld(std::span<const link::Outbound> datagrams) {
  if (unreachable_.empty()) return datagrams.size();
  const auto end =
      std::find_if(datagrams.begin(), datagrams.end(), [this](const link::Outbound& datagram) {
        return unreachable_.withholds(datagram.path->peer);
      });
  return static_cast<std::size_t>(end - datagrams.begin());
}

std::size_t UdpSocket::send_batch(std::span<const link::Outbound> batch) {
  prepare_send(batch);
  std::size_t next = 0;
  while (next < batch.size()) {
    const int sent = sendmmsg(descriptor_.number(), send_headers_.data() + next,
                              static_cast<unsigned>(batch.size() - next), 0);
    if (sent > 0) {
      next += static_cast<std::size_t>(sent);
      counts_.sent += static_cast<std::uint64_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (batch[next].segment_bytes != 0) {
      // One segment may be too long for its path, the local address may be invalid, or the device
      // may not support segmentation. Sent one by one, only the segments that cannot be sent are
      // lost.
      if (!send_segments(batch[next], send_headers_[next].msg_hdr)) break;
      ++next;
    } else if (msghdr& first = send_headers_[next].msg_hdr; first.msg_control != nullptr) {
      // The local address may be invalid: a broadcast address that was written to, or one that this
      // machine has lost since. Let the kernel choose.
      first.msg_control = nullptr;
      first.msg_controllen = 0;
    } else {
      ++next;  // sendmmsg fails only for the first of the rest
      ++counts_.undeliverable;
    }
  }
  return next;
}

/// False: no room. Segments already sent are then sent again later, which QUIC tolerates.
bool UdpSocket::send_segments(const link::Outbound& datagram, msghdr header) {
  const bool device_cannot = errno == EIO || errno == EINVAL;
  link::Outbound alone{datagram.path, {}};
  SendControl control{};
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  prepare_control(alone, control, header);
  std::size_t failed = 0;
  for (const iovec& part : datagram.parts) {
    for (std::size_t offset = 0; offset < part.iov_len; offset += datagram.segment_bytes) {
      iovec piece{static_cast<char*>(part.iov_base) + offset,
                  std::min<std::size_t>(datagram.segment_bytes, part.iov_len - offset)};
      header.msg_iov = &piece;
      header.msg_iovlen = 1;
      ssize_t sent = sendmsg(descriptor_.number(), &header, 0);
      if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
      if (sent < 0 && header.msg_control != nullptr && errno != EMSGSIZE) {
        header.msg_control = nullptr;
        header.msg_controllen = 0;
        sent = sendmsg(descriptor_.number(), &header, 0);
      }
      failed += sent < 0 ? 1U : 0U;
      ++(sent < 0 ? counts_.undeliverable : counts_.sent);
    }
  }
  if (device_cannot && failed == 0) kernel_cuts_ = false;
  return true;
}

/// Reads all queued errors; otherwise the socket would stay readable forever.
void UdpSocket::drain_errors() {
  static constexpr int kMost = 1024;
  for (int i = 0; i < kMost; ++i) {
    std::array<std::byte, 1> cut{};
    iovec part{cut.data(), cut.size()};
    alignas(cmsghdr) std::array<std::byte, 512> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    if (recvmsg(descriptor_.number(), &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    for (cmsghdr* note = CMSG_FIRSTHDR(&header); note != nullptr;
         note = CMSG_NXTHDR(&header, note)) {
      const bool is_error = (note->cmsg_level == IPPROTO_IP && note->cmsg_type == IP_RECVERR) ||
                            (note->cmsg_level == IPPROTO_IPV6 && note->cmsg_type == IPV6_RECVERR);
      if (!is_error) continue;
      sock_extended_err error{};
      std::memcpy(&error, CMSG_DATA(note), sizeof error);
      was_refused_ |= error.ee_errno == ECONNREFUSED;
    }
  }
}

void UdpSocket::look_how_full() {
  since_look_ = 0;
  int taken = 0;
  if (ioctl(descriptor_.number(), SIOCOUTQ, &taken) == 0 && taken > send_buffer_ / 4)
    when_filling_();
}

}  // namespace palabre::net
