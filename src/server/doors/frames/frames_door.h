#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bucket.h"
#include "base/pin.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "link/link.h"
#include "server/doors/frames/member_feed.h"
#include "wire/frames.h"
#include "wire/login.h"
#include "wire/member_frames.h"

namespace palabre::server {

/// The transport of members: frames over links, whatever carries those. It knows which link is
/// which session, challenges whoever comes, and has each session read its rooms as far as its link
/// has room. It decides nothing: what is asked goes to the hub (`next_command`), what the hub has
/// decided comes back through `carry_out`.
///
/// Nothing is dropped and nothing refused for being too fast: a session that asks faster than its
/// pace, or does not take what it is answered, is simply not read from any further, until it comes
/// to a halt. So it does while a page of the past that it asked for is read. So a session costs two
/// windows of its link, two frames, and `kMostWaiting`.
///
/// One thread. Sessions of members have ids from `kFirstSession` on.
class MemberTransport final : public link::LinkUser {
 public:
  static constexpr std::uint64_t kFirstSession = std::uint64_t{1} << 63;
  static bool owns(chat::SessionId session) { return session.value >= kFirstSession; }

  /// Bytes of answers that wait for a link beyond which its session is read from no further.
  static constexpr std::size_t kMostWaiting = std::size_t{64} << 10;
  /// Posts of one session whose answers its link was not given yet; likewise.
  static constexpr std::size_t kMostUnanswered = 256;
  /// Logins that one connection may fail before it is closed.
  static constexpr std::size_t kMostLogins = 8;
  /// Somebody who has not logged in by then is closed.
  static constexpr Duration kLoginPatience = std::chrono::seconds(10);

  /// How fast one session may ask: so many at once, then so many a second. What is faster waits.
  struct Pace {
    double burst = 1000;
    double per_second = 500;
  };

  /// What it needs of the world.
  struct Outside {
    std::function<void(std::span<std::uint8_t>)> random;  ///< nobody can guess it
    std::function<WallTime()> wall;
    /// Whether this address may come in.
    std::function<bool(const Address&, Instant)> admits;
    Pin identity;        ///< of the certificate that links are encrypted with
    std::string server;  ///< name and version, as clients are told
    Pace pace = {};
    MemberFeed::Sizes feed = {};
  };
  struct Counts {
    std::uint64_t logins = 0;
    std::uint64_t logins_refused = 0;
    std::uint64_t broken = 0;  ///< closed for bytes that were no frames
  };

  explicit MemberTransport(Outside outside) : outside_(std::move(outside)) {}

  // What becomes of links.
  void on_open(link::Link& link, Instant now) override;
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
  void on_datagram(link::Link& link, std::string_view bytes, Instant now) override;
  void on_room(link::Link& link, Instant now) override;
  void on_moved(link::Link& link, Instant now) override;
  void on_closed(link::Link& link, const Closed& how, Instant now) override;

  /// The next thing that somebody asks for, each session in turn; nothing: for now.
  std::optional<chat::Command> next_command(Instant now);
  /// Whether `next_command` may have one. Whoever is handed its answers by `deliver` is heard
  /// further.
  bool has_input() const { return !asking_.empty(); }

  // The effects that concern members; `end` is where the log of the room ends.
  void carry_out(const chat::OpenRoom& effect, chat::Cursor end);
  void carry_out(const chat::CloseRoom& effect);
  void carry_out(const chat::StartReading& effect);
  void carry_out(const chat::StopReading& effect);
  void carry_out(const chat::ShowPast& effect);
  void carry_out(const chat::RoomAdvanced& effect);
  void carry_out(const chat::Tell& effect);
  void carry_out(const chat::Gone& effect);

  /// Hands the links what is due, as far as they have room.
  void deliver();
  /// What readers of the past wait for since the last `deliver`: each is to be read from the
  /// history, and to be handed to `take`, in this order for each room.
  struct Read {
    chat::RoomId room;
    chat::Number after;
    std::size_t most_bytes;
  };
  std::vector<Read> take_reads() { return std::exchange(reads_, {}); }
  void take(const chat::Slice& slice, Instant now);

  std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

  /// Where the session is now; it may have come online from elsewhere. Nothing: there is none.
  std::optional<Address> peer_of(chat::SessionId session) const;

  std::size_t sessions() const { return sessions_.size(); }
  const Counts& counts() const { return counts_; }

 private:
  enum class State { kChallenged, kLoggingIn, kOnline, kLeaving };
  struct Session {
    Session(link::Link& over, const Pace& pace)
        : link(&over), may_ask(pace.burst, pace.per_second) {}

    link::Link* link;
    State state = State::kChallenged;
    wire::Nonce nonce;
    std::size_t logins = 0;
    Bucket may_ask;
    wire::FrameReader reader;
    std::size_t unread = 0;  ///< bytes that the link is not told of as consumed
    bool has_input = false;  ///< it is in `asking_`
    bool is_due = false;     ///< it is in `due_`
    std::string waiting;     ///< answers, until the link has room
    std::size_t unanswered = 0;
    bool awaits_page = false;
    std::vector<chat::RoomId> rooms;
    /// What it had of a room whose log is another now; told once it has entered.
    std::optional<std::pair<chat::RoomId, chat::Number>> gap;
  };
  /// Who waits for a slice of a room: its readers, or a page that somebody asked for.
  struct Page {
    chat::SessionId session;
    std::uint32_t count = 0;
    chat::Tag tag;
  };
  using Asker = std::optional<Page>;  // nothing: the feed

  std::optional<chat::Command> take_command(chat::SessionId id, Session& session, Instant now);
  std::optional<chat::Command> take_frame(chat::SessionId id, Session& session,
                                          std::string_view body, Instant now);
  bool has_pace(chat::SessionId id, Session& session, Instant now);
  std::optional<chat::Command> understand(chat::SessionId id, Session& session, wire::Asked asked,
                                          Instant now);
  std::optional<chat::Command> log_in(chat::SessionId id, Session& session,
                                      const wire::LoginProof& proof, chat::Tag tag, Instant now);
  std::string challenge(Session& session) const;
  bool has_to_wait(const Session& session) const;
  void ask_later(chat::SessionId id, Session& session);
  void is_due(chat::SessionId id, Session& session);
  void answer(chat::SessionId id, Session& session, std::string_view frame);
  void answered(chat::SessionId id, Session& session, std::size_t posts);
  void deliver_to(chat::SessionId id, Session& session);
  void read_on();
  void close(Session& session, std::string_view why);
  static void turn_away(Session& session);

  Outside outside_;
  std::unordered_map<const link::Link*, chat::SessionId> ids_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::deque<chat::SessionId> hung_up_;  // the hub is to know
  std::unordered_map<chat::RoomId, MemberFeed> feeds_;
  std::deque<chat::SessionId> asking_;   // have input and need not wait, each once, in turn
  std::vector<chat::SessionId> paused_;  // have input, and wait for their pace
  std::optional<Instant> pause_until_;
  std::set<chat::RoomId> advanced_;   // something is due to their readers
  std::vector<chat::SessionId> due_;  // something may be handed to their links, each once
  std::set<chat::RoomId> behind_;     // some of their readers wait for the past
  std::map<chat::RoomId, Instant> unread_until_;  // the disk does not give it
  std::deque<std::pair<Instant, chat::SessionId>> login_by_;
  std::vector<Read> reads_;
  std::unordered_map<chat::RoomId, std::deque<Asker>> askers_;
  std::uint64_t last_session_ = kFirstSession - 1;
  Counts counts_;
};

}  // namespace palabre::server
