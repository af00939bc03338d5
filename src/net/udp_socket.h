#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/file.h"
#include "base/result.h"
#include "link/datagram_socket.h"
#include "net/unreachable.h"

namespace palabre::net {

/// A bound UDP socket of Linux, with recvmmsg and sendmmsg. Owns its descriptor. One thread.
class UdpSocket final : public link::DatagramSocket {
 public:
  struct Counts {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;  ///< a datagram that the kernel cuts into segments counts once
    /// Not sent, mostly because of the destination: unroutable, refused by a firewall, port 0, a
    /// neighbour that does not answer; or because the kernel was short of memory at that moment.
    std::uint64_t undeliverable = 0;
    /// Dropped by the kernel because they came faster than they were read.
    std::uint64_t overflowed = 0;
  };

  /// Binds to `at`. `::` accepts IPv4 and IPv6, or only IPv4 on a machine without IPv6; `0.0.0.0`
  /// accepts IPv4 only. Never shares the port: a second server must fail, not receive half of the
  /// datagrams. Enlarges the buffers, beyond the administrator's limit if that is permitted.
  static Result<std::unique_ptr<UdpSocket>> open(const Address& at);

  /// Takes ownership of a socket that another process has bound, and makes it non-blocking. Refuses
  /// a descriptor that is not a bound and unconnected UDP socket. On an error the caller still owns
  /// the descriptor. The creator chose the sizes of the buffers: they are enlarged if permitted,
  /// never reduced.
  static Result<std::unique_ptr<UdpSocket>> adopt(int descriptor);

  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  std::span<const link::Inbound> receive() override;
  std::size_t send(std::span<const link::Outbound> datagrams) override;

  /// Replaces the list of unreachable neighbours. Datagrams to these neighbours are dropped and
  /// counted as undeliverable, except one probe to each of at most `tries` of them. See
  /// `Unreachable::set`. An empty list costs nothing per datagram.
  void set_unreachable(const std::vector<Unreachable::Neighbour>& neighbours, std::size_t tries) {
    unreachable_.set(neighbours, tries);
  }
  /// `send` samples the send buffer between batches. If more than a quarter is in use, `send` calls
  /// `call`. `call` may call `set_unreachable`, and no other function of the socket. An empty
  /// function ends the sampling.
  void when_filling(std::function<void()> call);

  /// From now on no datagram is fragmented, here or on its path (IP_PMTUDISC_PROBE: DF is set, and
  /// the kernel's path MTU is ignored). A datagram above the MTU of the interface counts as
  /// undeliverable; one that is too long only for its path is sent, and lost there. For QUIC, which
  /// discovers the path MTU.
  void set_dont_fragment() const;

  /// Enables ICMP errors (IP_RECVERR). For a socket with one peer only: after an error the next
  /// datagram to any peer may be lost.
  void set_report_refusals();
  /// Whether a peer's port was reported unreachable since the last call; other ICMP errors are
  /// ignored. `receive` detects the report. Without `set_report_refusals`: always false.
  bool take_refusal() { return std::exchange(was_refused_, false); }

  int descriptor() const { return descriptor_.number(); }
  /// The socket is of IPv4: the machine has no IPv6, or the adopted socket is AF_INET. Datagrams to
  /// IPv6 addresses are undeliverable.
  bool is_v4_only() const { return v4_only_; }
  /// The bound address, with the actual port if port 0 was asked for.
  Address local_address() const;
  const Counts& counts() const { return counts_; }

 private:
  static constexpr std::size_t kReceiveBatch = 32;
  static constexpr std::size_t kSendBatch = 256;
  // The longest possible datagram, so that none is truncated; plus a page, so that the slots of a
  // batch do not share the same cache sets.
  static constexpr std::size_t kLongestDatagram = 65536;
  static constexpr std::size_t kSlotBytes = kLongestDatagram + 4096;
  static constexpr std::size_t kControlBytes =
      CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(std::uint32_t));

  struct alignas(cmsghdr) Control {
    std::array<std::byte, kControlBytes> bytes;
  };
  struct alignas(cmsghdr) SendControl {
    std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(std::uint16_t))>
        bytes;
  };

  UdpSocket(int descriptor, bool v4_only);
  std::size_t send_batch(std::span<const link::Outbound> batch);
  std::size_t not_withheld(std::span<const link::Outbound> datagrams);
  void look_how_full();
  void drain_errors();
  void prepare_slot(std::size_t slot);
  void prepare_send(std::span<const link::Outbound> datagrams);
  void prepare_control(const link::Outbound& datagram, SendControl& control, msghdr& header) const;
  bool send_segments(const link::Outbound& datagram, msghdr header);
  link::Inbound read_slot(std::size_t slot);

  Descriptor descriptor_;
  bool v4_only_;
  bool reports_refusals_ = false;
  bool was_refused_ = false;
  bool kernel_cuts_ = true;  ///< into segments; false once it could not
  Counts counts_;
  std::uint32_t last_overflow_ = 0;

  Unreachable unreachable_;
  std::function<void()> when_filling_;
  int send_buffer_ = 0;  ///< in bytes, including the kernel's overhead per datagram
  std::size_t most_at_once_ = kSendBatch;  ///< datagrams in a batch
  std::size_t since_look_ = 0;

  std::unique_ptr<std::byte[]> slots_;  // uninitialised: memory backs only the used parts
  std::array<iovec, kReceiveBatch> receive_parts_{};
  std::array<sockaddr_storage, kReceiveBatch> senders_{};
  std::array<Control, kReceiveBatch> receive_control_{};
  std::array<mmsghdr, kReceiveBatch> receive_headers_{};
  std::vector<link::Inbound> inbound_;

  std::array<sockaddr_in, kSendBatch> receivers_v4_{};
  std::array<SendControl, kSendBatch> send_control_{};
  std::array<mmsghdr, kSendBatch> send_headers_{};
};

}  // namespace palabre::net
