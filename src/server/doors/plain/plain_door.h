#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/bucket.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "guard/cloaks.h"
#include "guard/gate.h"
#include "link/claimant.h"
#include "link/datagram_socket.h"
#include "server/door.h"
#include "server/doors/plain/feed.h"

namespace palabre::server {

/// The door of guests: plain text, one message a datagram, usually with netcat at the other end. It
/// maps addresses to sessions and tracks what each room's readers have been sent. It decides
/// nothing: the gate decides who may speak, requests go to the hub, the hub's decisions come back
/// through `carry_out`.
class PlainDoor final : public Door, public link::Claimant {
 public:
  struct Counts {
    std::uint64_t notices_dropped = 0;  ///< the queue was full, see `kMostNotices`
    std::uint64_t challenges = 0;
  };

  /// Rate limit of refusals sent to strangers, per second, over all of them.
  static constexpr double kRefusalsPerSecond = 10;

  /// Borrows the gate and the socket, which must outlive the door.
  ///
  /// `cloaks`: the names by which others are shown public guests. Nothing: by their addresses.
  PlainDoor(chat::DoorIndex index, guard::Gate& gate, link::DatagramSocket& socket,
            const Feed::Sizes& feed_sizes = {}, std::optional<guard::Cloaks> cloaks = {})
      : Door(index),
        gate_(gate),
        socket_(socket),
        cloaks_(std::move(cloaks)),
        feed_sizes_(feed_sizes) {}

  /// Limit of the queue of notices that wait while the socket has no room. Above it the newest are
  /// dropped and counted: they are answers to people who go on asking. Messages wait in no queue
  /// (see `Feed`), except those due to a guest that leaves a room: above half of this limit they
  /// are reported as a gap instead.
  static constexpr std::size_t kMostNotices = 4096;

  /// A peer that answers everything with something that must be refused is a program, and would go
  /// on for ever. After this many refusals in a row it is sent no more, until it sends something
  /// valid.
  static constexpr std::size_t kMostRefusalsInARow = 8;
  /// The peer may still be a person whose messages are refused for long, for example by a full
  /// disk. So one more refusal is sent per interval.
  static constexpr Duration kRefusedAgainEvery = std::chrono::minutes(1);

  /// Claims text, and anything from a guest that is online: rule 3 of the shared port. A new
  /// session exists from here until the hub says that it is `Gone`.
  bool claim(const link::Inbound& inbound, Instant now) override;

  std::optional<chat::Command> next_command(Instant now) override;
  void carry_out(const chat::Effect& effect) override;
  std::vector<chat::Read> take_reads() override { return std::exchange(reads_, {}); }
  void take(const chat::Slice& slice) override;
  /// Sends notices first.
  void deliver(Instant now) override;
  bool wants_to_write() const override { return wants_to_write_; }
  void on_writable(Instant now) override { deliver(now); }
  /// When the next burst of the past is due.
  std::optional<Instant> next_deadline() const override;
  void on_deadline(Instant now) override { start_bursts(now); }
  /// Guests have no connection to close.
  void close(Instant /*now*/) override {}

  const Counts& counts() const { return counts_; }

 private:
  struct Session {
    link::Path path;
    std::optional<chat::RoomId> reads = {};
    bool numbered = false;
    bool has_spoken = false;  ///< sent more than an empty line or a probe
    std::size_t refused_in_a_row = 0;
    Instant refused_again_at = {};
    std::string cloak = {};  ///< empty: it has none
  };
  struct Notice {
    link::Path path;
    std::string bytes;
    // The messages in it, if it is due to a guest that has left their room.
    chat::RoomId room = {};
    chat::Number from = {};
    chat::Number to = {};
  };

  // Effects.
  void on(const chat::OpenRoom& open);
  void on(const chat::CloseRoom& close);
  void on(const chat::StartReading& start);
  void on(const chat::StopReading& stop);
  void on(const chat::ShowPast& show);
  void on(const chat::SetNumbered& set);
  void on(const chat::RoomAdvanced& advanced);
  void on(const chat::RoomRedacted& redacted);
  void on(const chat::Tell& tell);
  void on(const chat::NetworkBanned& banned);
  void on(const chat::Gone& gone);
  void on(const chat::SetPace& /*bots are members*/) {}
  // For the house and for operators.
  void on(const chat::Append& /*append*/) {}
  void on(const chat::KeepRecord& /*keep*/) {}
  void on(const chat::TellOperator& /*tell*/) {}
  void on(const chat::Noted& /*noted*/) {}

  void read_guest(chat::SessionId session, const link::Inbound& inbound, Instant now);
  void read_stranger(const link::Inbound& inbound, Instant now);
  void enrol(const guard::Gate::Enrol& enrol, const link::Inbound& inbound, Instant now);
  /// The text of a datagram for the hub. Empty for a probe, in a session that has sent nothing
  /// else; it still is a sign of life.
  static std::string_view words_of(Session& session, std::string_view bytes, std::string_view text);
  /// The requests of a datagram, without those over the guest's rate.
  std::vector<chat::Request> requests_of(chat::SessionId session, std::string_view text,
                                         Instant now);
  void follow(chat::SessionId session, const link::Path& path);
  void enqueue(const link::Path& path, std::string bytes) {
    enqueue(Notice{path, std::move(bytes)});
  }
  void enqueue(Notice notice);
  bool flush_notices();
  bool flush_feeds(Instant now);
  void has_something(chat::RoomId room);
  void start_bursts(Instant now);

  /// The tag of a datagram that is not UTF-8: it is handled as well as possible, and never
  /// answered.
  static constexpr chat::Tag kUnanswered{1};

  guard::Gate& gate_;
  link::DatagramSocket& socket_;
  std::optional<guard::Cloaks> cloaks_;
  std::deque<chat::Command> commands_;  // of one datagram, until the house takes them
  Bucket refusals_{kRefusalsPerSecond, kRefusalsPerSecond};
  std::unordered_map<Address, chat::SessionId> session_by_address_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::unordered_map<chat::RoomId, Feed> feeds_;
  Feed::Sizes feed_sizes_;
  std::vector<chat::RoomId> advanced_;  // rooms with something due; each once, in turn
  std::unordered_map<chat::RoomId, Instant> bursts_;  // when the next burst of the past is due
  std::vector<chat::Read> reads_;
  std::deque<Notice> notices_;
  bool wants_to_write_ = false;
  std::uint64_t last_session_ = 0;
  std::uint64_t last_read_ = 0;
  Counts counts_;
};

}  // namespace palabre::server
