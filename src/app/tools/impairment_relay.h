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

/// Hands UDP datagrams on to one server and its answers back, as a bad network would. Each client
/// address has a socket of its own towards the server, so that the server tells them apart.
///
/// Its queues: clients, `kMostClients`, of which a new one takes the place of the one that was
/// silent longest; and datagrams on their way, `kMostWaiting` or `kMostWaitingBytes`, beyond which
/// they are dropped, as they are where a socket takes no more.
///
/// It answers nothing by itself. What the server sends goes only to a client that has written, one
/// datagram for one, so that it makes no more of what it is sent than it is told to.
///
/// Works in an event loop, which it borrows, from `open` on. One thread. Stays until the loop has
/// ended.
class ImpairmentRelay {
 public:
  static constexpr std::size_t kMostClients = 256;
  static constexpr std::size_t kMostWaiting = std::size_t{1} << 16;
  static constexpr std::size_t kMostWaitingBytes = std::size_t{64} << 20;

  struct Counts {
    std::uint64_t came = 0;
    std::uint64_t handed_on = 0;  ///< one that is doubled counts twice
    std::uint64_t lost = 0;       ///< by chance
    std::uint64_t cut_off = 0;    ///< while nothing passes
    std::uint64_t no_room = 0;
  };

  /// Listens at `at`; port 0 takes any that is free. An error where it cannot, or where `server` is
  /// itself.
  static Result<std::unique_ptr<ImpairmentRelay>> open(boost::asio::io_context& io,
                                                       const Address& at, const Address& server,
                                                       const link::BadNetwork& network,
                                                       std::uint64_t seed);
  ~ImpairmentRelay();
  ImpairmentRelay(const ImpairmentRelay&) = delete;
  ImpairmentRelay& operator=(const ImpairmentRelay&) = delete;

  /// Nothing passes, and what is on its way does not arrive; or everything does again.
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
  void take(const link::Inbound& inbound);
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
  std::multimap<Instant, Waiting> waiting_;  // equal moments in the order in which they came
  std::size_t waiting_bytes_ = 0;
  boost::asio::steady_timer timer_;
  bool is_cut_ = false;
  Counts counts_;
};

}  // namespace palabre::app
