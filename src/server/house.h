#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/hub.h"
#include "chat/ids.h"
#include "guard/gate.h"
#include "link/datagram_socket.h"
#include "link/link.h"
#include "server/doors/frames/frames_door.h"
#include "server/doors/plain/plain_door.h"
#include "server/registrar.h"

namespace palabre::server {

/// The way of a message, from the socket and back to it. A whole server but for the socket, the
/// clock and the wake-ups, which are whoever drives it: `AsioDriver`, or the simulation.
///
/// One thread. Borrows everything that it is made with; all of it outlives the server. `now` never
/// goes backwards from one call to the next.
class Server {
 public:
  Server(chat::Hub& hub, chat::History& history, guard::Gate& gate, link::DatagramSocket& socket,
         const Feed::Sizes& feed_sizes = {})
      : hub_(hub),
        history_(history),
        socket_(socket),
        plain_(gate, feed_sizes),
        registrar_(history) {}

  /// Members may come too, over links that `carrier` carries over the same socket; `members` is its
  /// user. To be called before anything else, if at all. `unreadable`: see `Registrar::start`.
  void admit_members(MemberTransport& members, link::LinkCarrier& carrier, Instant now,
                     std::size_t unreadable = 0);
  /// Whether the registry has been read: until then nobody can log in, and no guest takes a
  /// nickname that may be a member's.
  bool knows_members() const { return registrar_.is_ready(); }
  const Registrar& registrar() const { return registrar_; }
  /// Where a member's session is now.
  std::optional<Address> peer_of(chat::SessionId session) const {
    return members_ == nullptr ? std::nullopt : members_->peer_of(session);
  }

  /// Datagrams wait. Takes one batch and delivers what follows from it. False: there may be more.
  bool on_readable(Instant now);
  /// The socket has room again.
  void on_writable(Instant now);
  /// The history has something: what was posted is kept or not, or a part of the past was read.
  void on_history(Instant now);
  /// `next_deadline` has come; harmless at any other moment.
  void on_deadline(Instant now);
  /// An operator's word, or anything else that comes from no datagram.
  void handle(const chat::Command& command, Instant now);
  /// Says goodbye to everybody, as far as the socket takes it at once.
  void close(Instant now);

  /// When to call `on_deadline`. It may change with every call of anything else.
  std::optional<Instant> next_deadline() const;
  /// Whether to call `on_writable` once the socket has room.
  bool wants_to_write() const { return wants_to_write_; }

  const PlainTransport::Counts& plain_counts() const { return plain_.counts(); }

 private:
  enum class Answer { kTaken, kRefused };
  enum class Asker { kPlain, kMembers };

  void read(const link::Inbound& inbound, Instant now);
  void take(const PlainTransport::Incoming& incoming, Instant now);
  void hear_members(Instant now);
  void take(const chat::Slice& slice, Instant now);
  void carry_out_requests(const PlainTransport::Incoming& incoming, Instant now);
  bool may_be_taken(const chat::Request& request) const;
  /// Then hears what the history has to say: a memory room's has answered already.
  Answer decide(const chat::Command& command, Instant now);
  Answer decide_alone(const chat::Command& command, Instant now);
  void hear_verdicts(Instant now);
  void hear(const chat::Verdict& verdict, Instant now);
  void deliver(Instant now);
  void flush(Instant now);
  void flush_all(Instant now);
  /// Whether anything was asked for.
  bool ask_history();
  bool reads_registry() const;

  // Effects on a session are its transport's to carry out.
  template <typename Effect>
  void carry_out(const Effect& effect) {
    if (!MemberTransport::owns(effect.session)) return plain_.carry_out(effect);
    if constexpr (requires { members_->carry_out(effect); }) members_->carry_out(effect);
  }
  // Those on a room concern the history, and both transports.
  void carry_out(const chat::OpenRoom& effect);
  void carry_out(const chat::CloseRoom& effect);
  void carry_out(const chat::Append& effect);
  void carry_out(const chat::RoomAdvanced& effect);
  void carry_out(const chat::KeepRecord& effect);
  void carry_out(const chat::ShowPast& effect);

  chat::Hub& hub_;
  chat::History& history_;
  link::DatagramSocket& socket_;
  PlainTransport plain_;
  Registrar registrar_;
  // Who waits for the slices of a room, in the order of asking.
  std::unordered_map<chat::RoomId, std::deque<Asker>> askers_;
  MemberTransport* members_ = nullptr;  // both or neither
  link::LinkCarrier* carrier_ = nullptr;
  bool wants_to_write_ = false;
};

}  // namespace palabre::server
