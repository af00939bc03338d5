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
#include "guard/gate.h"
#include "link/claimant.h"
#include "link/datagram_socket.h"
#include "server/door.h"
#include "server/doors/plain/feed.h"

namespace palabre::server {

/// The door of guests: plain text, one datagram a message, anybody's netcat at the other end. It
/// knows which address is which session, and what each room's readers have been sent. It decides
/// nothing: the gate says who may speak, what it reads goes to the hub, what the hub has decided
/// comes back through `carry_out`.
class PlainDoor final : public Door, public link::Claimant {
 public:
  struct Counts {
    std::uint64_t notices_dropped = 0;  ///< for want of room in the queue, see `kMostNotices`
    std::uint64_t challenges = 0;
  };

  /// Strangers that are refused in words: so many a second, over all of them.
  static constexpr double kRefusalsPerSecond = 10;

  /// Borrows the gate and the socket, which outlive it.
  PlainDoor(chat::DoorIndex index, guard::Gate& gate, link::DatagramSocket& socket,
            const Feed::Sizes& feed_sizes = {})
      : Door(index), gate_(gate), socket_(socket), feed_sizes_(feed_sizes) {}

  /// Notices that wait while the socket has no room. Beyond it the newest are dropped and counted:
  /// they are answers to people who go on asking. Messages wait in no queue, see `Feed`, but for
  /// what is due to somebody who leaves a room: beyond half of this it is told as a gap instead.
  static constexpr std::size_t kMostNotices = 4096;

  /// What answers all that it hears with something that has to be refused is a machine, and would
  /// go on for ever: after so many refusals it is told of no more, until it says something that is
  /// right.
  static constexpr std::size_t kMostRefusalsInARow = 8;
  /// A person it may be after all, whose words are refused for long, say by a full disk: it is told
  /// so once in a while.
  static constexpr Duration kRefusedAgainEvery = std::chrono::minutes(1);

  /// Text, and anything from a guest that is online: rule 3 of the shared port. A new session
  /// exists from here on until the hub says that it is `Gone`.
  bool claim(const link::Inbound& inbound, Instant now) override;

  std::optional<chat::Command> next_command(Instant now) override;
  void carry_out(const chat::Effect& effect) override;
  std::vector<chat::Read> take_reads() override { return std::exchange(reads_, {}); }
  void take(const chat::Slice& slice) override;
  /// Notices first.
  void deliver(Instant now) override;
  bool wants_to_write() const override { return wants_to_write_; }
  void on_writable(Instant now) override { deliver(now); }
  /// When more of the past is due to somebody.
  std::optional<Instant> next_deadline() const override;
  void on_deadline(Instant now) override { start_bursts(now); }
  /// Guests have no connection that would end.
  void close(Instant /*now*/) override {}

  const Counts& counts() const { return counts_; }

 private:
  struct Session {
    link::Path path;
    std::optional<chat::RoomId> reads = {};
    bool numbered = false;
    bool has_spoken = false;  ///< more than an empty line or a probe
    std::size_t refused_in_a_row = 0;
    Instant refused_again_at = {};
  };
  struct Notice {
    link::Path path;
    std::string bytes;
  };

  // Of the effects.
  void on(const chat::OpenRoom& open);
  void on(const chat::CloseRoom& close);
  void on(const chat::StartReading& start);
  void on(const chat::StopReading& stop);
  void on(const chat::ShowPast& show);
  void on(const chat::SetNumbered& set);
  void on(const chat::RoomAdvanced& advanced);
  void on(const chat::Tell& tell);
  void on(const chat::Silence& silence);
  void on(const chat::Gone& gone);
  // The house's own, and the operators'.
  void on(const chat::Append& /*append*/) {}
  void on(const chat::KeepRecord& /*keep*/) {}
  void on(const chat::TellOperator& /*tell*/) {}
  void on(const chat::Noted& /*noted*/) {}

  void read_guest(chat::SessionId session, const link::Inbound& inbound, Instant now);
  void read_stranger(const link::Inbound& inbound, Instant now);
  void enrol(const guard::Gate::Enrol& enrol, const link::Inbound& inbound, Instant now);
  /// What the datagram says to the hub: nothing, where it is a probe of a session that has said
  /// nothing else. Is a sign of life all the same.
  static std::string_view words_of(Session& session, std::string_view bytes, std::string_view text);
  /// What a datagram asks for; without what is beyond the guest's pace, and from a muted one what
  /// others would hear.
  std::vector<chat::Request> requests_of(chat::SessionId session, std::string_view text, bool muted,
                                         Instant now);
  void follow(chat::SessionId session, const link::Path& path);
  void enqueue(const link::Path& path, std::string bytes);
  bool flush_notices();
  bool flush_feeds(Instant now);
  void has_something(chat::RoomId room);
  void start_bursts(Instant now);

  /// Of what is no text: it is carried on as well as it can be, and never answered.
  static constexpr chat::Tag kUnanswered{1};

  guard::Gate& gate_;
  link::DatagramSocket& socket_;
  std::deque<chat::Command> commands_;  // as many as a datagram has, until the house takes them
  Bucket refusals_{kRefusalsPerSecond, kRefusalsPerSecond};
  std::unordered_map<Address, chat::SessionId> session_by_address_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::unordered_map<chat::RoomId, Feed> feeds_;
  Feed::Sizes feed_sizes_;
  std::vector<chat::RoomId> advanced_;  // rooms in which something is due, each once, in turn
  std::unordered_map<chat::RoomId, Instant> bursts_;  // of the past, when the next is due
  std::vector<chat::Read> reads_;
  std::deque<Notice> notices_;
  bool wants_to_write_ = false;
  std::uint64_t last_session_ = 0;
  std::uint64_t last_read_ = 0;
  Counts counts_;
};

}  // namespace palabre::server
