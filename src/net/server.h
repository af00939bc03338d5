#pragma once

#include <optional>

#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/hub.h"
#include "chat/ids.h"
#include "guard/gate.h"
#include "net/datagram_socket.h"
#include "net/plain.h"

namespace palabre::net {

/// The way of a message, from the socket and back to it. A whole server but for the socket, the
/// clock and the wake-ups, which are whoever drives it: `AsioDriver`, or the simulation.
///
/// One thread. Borrows everything that it is made with; all of it outlives the server. `now` never
/// goes backwards from one call to the next.
class Server {
 public:
  Server(chat::Hub& hub, chat::History& history, guard::Gate& gate, DatagramSocket& socket,
         const Feed::Sizes& feed_sizes = {})
      : hub_(hub), history_(history), socket_(socket), plain_(gate, feed_sizes) {}

  /// Datagrams wait. Takes one batch and delivers what follows from it. False: there may be more.
  bool on_readable(chat::Instant now);
  /// The socket has room again.
  void on_writable(chat::Instant now);
  /// The history has something: what was posted is kept or not, or a part of the past was read.
  void on_history(chat::Instant now);
  /// `next_deadline` has come; harmless at any other moment.
  void on_deadline(chat::Instant now);
  /// An operator's word, or anything else that comes from no datagram.
  void handle(const chat::Command& command, chat::Instant now);
  /// Says goodbye to everybody, as far as the socket takes it at once.
  void close(chat::Instant now);

  /// When to call `on_deadline`. It may change with every call of anything else.
  std::optional<chat::Instant> next_deadline() const;
  /// Whether to call `on_writable` once the socket has room.
  bool wants_to_write() const { return wants_to_write_; }

  const PlainTransport::Counts& plain_counts() const { return plain_.counts(); }

 private:
  enum class Answer { kTaken, kRefused };

  void take(const PlainTransport::Incoming& incoming, chat::Instant now);
  void carry_out_requests(const PlainTransport::Incoming& incoming, chat::Instant now);
  /// Then hears what the history has to say: a memory room's has answered already.
  Answer decide(const chat::Command& command, chat::Instant now);
  Answer decide_alone(const chat::Command& command, chat::Instant now);
  void hear_verdicts(chat::Instant now);
  void deliver(chat::Instant now);

  // The effects that concern the history; what readers see of a room is the transport's.
  template <typename Effect>
  void carry_out(const Effect& effect) {
    plain_.carry_out(effect);
  }
  void carry_out(const chat::OpenRoom& effect);
  void carry_out(const chat::CloseRoom& effect);
  void carry_out(const chat::Append& effect);

  chat::Hub& hub_;
  chat::History& history_;
  DatagramSocket& socket_;
  PlainTransport plain_;
  bool wants_to_write_ = false;
};

}  // namespace palabre::net
