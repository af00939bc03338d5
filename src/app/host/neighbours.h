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

/// A host on a network that this machine reaches without a router, as the kernel knows it by ARP or
/// by IPv6 neighbour discovery.
struct Neighbour {
  enum class State {
    kKnown,   ///< its hardware address is known, or was known and is being verified
    kAsked,   ///< being resolved: takes milliseconds for a host that is there, three seconds
              ///< otherwise
    kFailed,  ///< resolution failed
  };

  Address host;  ///< port 0; a link-local address has its interface
  State state = State::kKnown;
};

/// The kernel's neighbour table now.
Result<std::vector<Neighbour>> neighbours_of_this_machine();

/// Decides from consecutive looks at the neighbour table which hosts are unreachable: those whose
/// resolution failed, or is still in progress at two looks in a row. A host known by any interface
/// is reachable.
///
/// The kernel forgets failed neighbours, all at once if they are many, every few seconds; resolving
/// all of them again at once would fill the send buffer. Here they stay unreachable for another
/// minute, unless they become known before.
class NeighbourLooks {
 public:
  static constexpr auto kRemembered = std::chrono::minutes(1);

  /// In haste, a host that is being resolved at this look is unreachable at once. If the host
  /// answers soon after, datagrams to it are still dropped until the next look.
  std::vector<net::Unreachable::Neighbour> look(const std::vector<Neighbour>& neighbours,
                                                bool in_haste, Instant now);

 private:
  struct Silent {
    Instant seen;  ///< last seen in the kernel's table
    bool is_unreachable = false;
  };
  std::unordered_map<Address, Silent> silent_;  // as of the last look
};

/// Looks at the neighbour table every half second while the server has a deadline (guests are
/// online), and gives the socket the list of unreachable hosts. Also looks at once, in haste, when
/// the send buffer fills: datagrams to neighbours that do not answer stay there for three seconds,
/// so the next regular look would be too late. Hasty looks take a third of the time at most.
///
/// Sending to a neighbour that comes back resumes at the next look. If the kernel does not answer,
/// nothing is dropped, and the log says so once. Sets `UdpSocket::when_filling`, and the destructor
/// clears it. Borrows all arguments, which must outlive the watch; the watch must exist until the
/// io_context runs no further handler.
class NeighbourWatch {
 public:
  static constexpr auto kEvery = std::chrono::milliseconds(500);
  static constexpr int kHasteEvery = 2;  ///< pause after a look, in durations of the look
  /// Datagrams sent to unreachable hosts per look, to find those that are back.
  static constexpr std::size_t kTries = 4;

  NeighbourWatch(boost::asio::io_context& io, net::UdpSocket& socket, const link::Driven& driven,
                 spdlog::logger& log);
  ~NeighbourWatch();
  NeighbourWatch(const NeighbourWatch&) = delete;
  NeighbourWatch& operator=(const NeighbourWatch&) = delete;

  /// Ends the regular looks.
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
