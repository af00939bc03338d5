#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/address.h"
#include "base/result.h"
#include "chat/ids.h"
#include "link/datagram_socket.h"
#include "link/impairment.h"
#include "net/udp_socket.h"

namespace palabre::app {

/// Relays UDP datagrams to one server, and its answers back, over a simulated bad network. Each
/// client address has its own socket towards the server, so that the server tells clients apart.
///
/// Limits: `kMostClients` clients; a new client evicts the client that has sent nothing for the
/// longest time. In flight: `kMostWaiting` datagrams and `kMostWaitingBytes` bytes; further
/// datagrams are dropped. A datagram for which a socket has no room is dropped too.
///
/// The relay sends nothing of its own. It forwards each datagram of the server once, to one client,
/// plus the configured duplicates. Datagrams from other addresses than the server's to a client's
/// socket are ignored.
///
/// The relay works from `open` on. It borrows `io`, and must exist until `io.run()` has returned.
/// One thread.
class ImpairmentRelay {
 public:
  static constexpr std::size_t kMostClients = 256;
  static constexpr std::size_t kMostWaiting = std::size_t{1} << 16;
  static constexpr std::size_t kMostWaitingBytes = std::size_t{64} << 20;

  struct Counts {
    std::uint64_t came = 0;
    /// Given to a socket, undeliverable ones included. A duplicated datagram counts twice.
    std::uint64_t handed_on = 0;
    std::uint64_t lost = 0;     ///< by the configured loss
    std::uint64_t cut_off = 0;  ///< arrived, or were due, while the network was cut
    /// Dropped by a limit or a full socket, in flight for an evicted client, or from a client for
    /// which no socket could be opened.
    std::uint64_t no_room = 0;
  };

  /// Listens at `at`; port 0 takes any free port. An error if the relay cannot listen, or if
  /// `server` is any address of this machine with the port of `at`.
  static Result<std::unique_ptr<ImpairmentRelay>> open(boost::asio::io_context& io,
                                                       const Address& at, const Address& server,
                                                       const link::BadNetwork& network,
                                                       std::uint64_t seed);
  ~ImpairmentRelay();
  ImpairmentRelay(const ImpairmentRelay&) = delete;
  ImpairmentRelay& operator=(const ImpairmentRelay&) = delete;

  /// True: datagrams that arrive are dropped, and datagrams in flight are dropped when they are
  /// due. False: datagrams pass again, those in flight included that were not due during the cut.
  void cut(bool is_cut) { is_cut_ = is_cut; }
  bool is_cut() const { return is_cut_; }

  Address local_address() const;
  const Counts& counts() const { return counts_; }

 private:
  class Wire;
  struct Waiting {
    std::weak_ptr<Wire> by;
    link::Path to;
    std::string bytes;
  };

  ImpairmentRelay(boost::asio::io_context& io, const Address& server,
                  const link::BadNetwork& network, std::uint64_t seed);
  void forward(const link::Inbound& inbound);
  void take_answer(const link::Path& client, const link::Inbound& inbound);
  void set_out(const std::shared_ptr<Wire>& by, const link::Path& to, std::string_view bytes);
  std::shared_ptr<Wire> wire_of(const link::Path& client);
  void make_room();
  void arrive();
  void hand_on(Waiting& waiting);
  void arm();

  boost::asio::io_context& io_;
  link::Path server_;
  link::Impairment impairment_;
  std::shared_ptr<Wire> front_;
  std::unordered_map<Address, std::shared_ptr<Wire>> wires_;  // by the client's address
  std::multimap<Instant, Waiting> waiting_;  // by arrival; equal times in the order of sending
  std::size_t waiting_bytes_ = 0;
  boost::asio::steady_timer timer_;
  bool is_cut_ = false;
  Counts counts_;
};

}  // namespace palabre::app
