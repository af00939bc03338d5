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
    std::uint64_t sent = 0;  ///< one that the kernel cuts into segments counts once
    /// Not sent, mostly because of their own destination: unroutable, refused by a firewall, port
    /// 0, a neighbour who does not answer; or because the kernel was short of memory at that
    /// moment.
    std::uint64_t undeliverable = 0;
    /// Thrown away by the kernel because they came faster than they were read.
    std::uint64_t overflowed = 0;
  };

  /// Binds to `at`; an unspecified address takes IPv4 and IPv6 alike, or IPv4 alone on a machine
  /// without IPv6. Never shares the port: a second server must fail, not take half the datagrams.
  static Result<std::unique_ptr<UdpSocket>> open(const Address& at);

  /// Takes over a socket that somebody else has bound, and closes it in the end; one that is not a
  /// bound and unconnected UDP socket is refused and stays the caller's. The size of its buffers is
  /// the choice of whoever made it: made larger where that is permitted, never smaller.
  static Result<std::unique_ptr<UdpSocket>> adopt(int descriptor);

  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  std::span<const link::Inbound> receive() override;
  std::size_t send(std::span<const link::Outbound> datagrams) override;

  /// Who is not to be sent anything, see `Unreachable`: datagrams to them are dealt with and
  /// counted as undeliverable. While there are none, it costs a datagram nothing.
  void set_unreachable(const std::vector<Unreachable::Neighbour>& neighbours, std::size_t tries) {
    unreachable_.set(neighbours, tries);
  }
  /// Called from `send` while more than a quarter of the send buffer is taken, before more is: it
  /// may call `set_unreachable`, and nothing else here. An empty function: nobody wants to know.
  void when_filling(std::function<void()> call);

  /// From now on nothing is cut into fragments: what is too long for its way is not sent, and
  /// counted as undeliverable. For QUIC, which finds out what fits.
  void set_dont_fragment() const;

  /// From now on the socket is told when a machine says that nobody listens there (ICMP). For one
  /// that speaks to one peer alone: the first datagram to anybody afterwards may be lost for it.
  void set_report_refusals();
  /// Whether that was said since the last call. It is found out by `receive`.
  bool take_refusal() { return std::exchange(was_refused_, false); }

  int descriptor() const { return descriptor_.number(); }
  /// The machine has no IPv6: nothing sent to an address of it arrives.
  bool is_v4_only() const { return v4_only_; }
  /// Where it is bound; with its port, also where port 0 was asked for.
  Address local_address() const;
  const Counts& counts() const { return counts_; }

 private:
  static constexpr std::size_t kReceiveBatch = 32;
  static constexpr std::size_t kSendBatch = 256;
  // The longest datagram there is, so that none is ever cut; a page more, so that the slots of a
  // batch do not fall on the same lines of the cache.
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
  bool kernel_cuts_ = true;  ///< datagrams into segments; until it says that it cannot
  Counts counts_;
  std::uint32_t last_overflow_ = 0;

  Unreachable unreachable_;
  std::function<void()> when_filling_;
  int send_buffer_ = 0;                    ///< bytes, with what the kernel adds to each datagram
  std::size_t most_at_once_ = kSendBatch;  ///< datagrams, of a batch and between two looks
  std::size_t since_look_ = 0;

  std::unique_ptr<std::byte[]> slots_;  // touched, and so backed by memory, only as far as used
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
