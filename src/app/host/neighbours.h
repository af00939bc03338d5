#pragma once

#include <spdlog/logger.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "link/driven.h"
#include "net/udp_socket.h"
#include "net/unreachable.h"

namespace palabre::app {

/// Somebody on a network that this machine reaches without a router, as the kernel knows it by ARP
/// or by the neighbour discovery of IPv6.
struct Neighbour {
  enum class State {
    kKnown,   ///< its hardware address is known, or was and is tried
    kAsked,   ///< is asked for now: milliseconds if it is there, three seconds if it is not
    kFailed,  ///< was asked for in vain
  };

  Address host;  ///< port 0; a link-local one with its interface
  State state = State::kKnown;
};

/// As the kernel says now.
Result<std::vector<Neighbour>> neighbours_of_this_machine();

/// Tells from one look to the next who is unreachable: whom the kernel has asked for in vain, or
/// still asks for at two looks in a row. Somebody known by one of several interfaces is reachable.
///
/// The kernel forgets all whom it has asked for in vain at once, every few seconds if they are
/// many; to ask for all of them again at once would fill the send buffer. Here they are unreachable
/// for a minute more, unless they are known before.
class NeighbourLooks {
 public:
  static constexpr auto kRemembered = std::chrono::minutes(1);

  /// In haste, whom it asks for at this look is unreachable at once. That may be somebody who is
  /// about to answer, and is then missed until the next look.
  std::vector<net::Unreachable::Neighbour> look(const std::vector<Neighbour>& neighbours,
                                                bool in_haste, Instant now);

 private:
  struct Silent {
    Instant seen;  ///< in the kernel's table
    bool is_unreachable = false;
  };
  std::unordered_map<Address, Silent> silent_;  // at the last look
};

/// Looks every half a second who is unreachable, while guests are online, and tells the socket; and
/// at once, in haste, when the send buffer fills: what waits there for neighbours who do not answer
/// stays for three seconds, so that to find them out afterwards is too late. Of the time that it
/// goes on filling, a third at most is spent so.
///
/// Whoever answers again is withheld from until the next look at the latest. Where the kernel does
/// not answer, nobody is withheld from, and the log says so once. Borrows everything.
class NeighbourWatch {
 public:
  static constexpr auto kEvery = std::chrono::milliseconds(500);
  static constexpr int kHasteEvery = 2;  ///< times what a look takes
  /// Datagrams sent at each look to unreachable ones all the same.
  static constexpr std::size_t kTries = 4;

  NeighbourWatch(boost::asio::io_context& io, net::UdpSocket& socket, const link::Driven& driven,
                 spdlog::logger& log);
  ~NeighbourWatch();
  NeighbourWatch(const NeighbourWatch&) = delete;
  NeighbourWatch& operator=(const NeighbourWatch&) = delete;

  void stop();

 private:
  void look_now_and_then();
  void look_in_haste();
  void look(bool in_haste);

  net::UdpSocket& socket_;
  const link::Driven& driven_;
  spdlog::logger& log_;
  boost::asio::steady_timer timer_;
  NeighbourLooks looks_;
  std::chrono::steady_clock::time_point last_look_{};
  std::chrono::steady_clock::duration look_took_{};
  bool told_of_failure_ = false;
  bool stopped_ = false;
};

}  // namespace palabre::app
