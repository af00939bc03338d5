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
#include "link/link_set.h"
#include "server/door.h"
#include "server/doors/frames/member_feed.h"
#include "wire/frames.h"
#include "wire/login.h"
#include "wire/member_frames.h"

namespace palabre::server {

/// The door of members: frames over links of any kind. It knows which link is which session,
/// challenges those who come, and has each session read its rooms as far as its link has room. It
/// decides nothing: what is asked goes to the hub (`next_command`), what the hub has decided comes
/// back through `carry_out`.
///
/// Nothing is dropped and nothing refused for being too fast: a session that asks faster than its
/// pace, or does not take what it is answered, is simply not read from any further, until it comes
/// to a halt. So it does while a page of the past that it asked for is read. So a session costs two
/// windows of its link, two frames, and `kMostWaiting`.
///
/// One thread.
class FramesDoor final : public Door, public link::LinkUser {
 public:
  /// A member's, over a link: see `chat::Caps`.
  static constexpr chat::Caps kCaps{.many_rooms = true, .connection = true, .ordered_posts = true};

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

  enum class Entry {
    kOpen,
    kBanned,
    kNotFromHere,  ///< members are not admitted from there
  };

  /// What it needs of the world.
  struct Outside {
    std::function<void(std::span<std::uint8_t>)> random;  ///< nobody can guess it
    std::function<WallTime()> wall;
    /// Whether somebody may come in, or stay, by where its link is now.
    std::function<Entry(const link::Link&, Instant)> admits;
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

  FramesDoor(chat::DoorIndex index, Outside outside) : Door(index), outside_(std::move(outside)) {}

  /// Its links come from there too. Borrows the set, which outlives it. To be called before
  /// anything else.
  void speak_over(link::LinkSet& links) { link_sets_.push_back(&links); }

  // What becomes of links.
  void on_open(link::Link& link, Instant now) override;
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
  void on_datagram(link::Link& link, std::string_view bytes, Instant now) override;
  void on_room(link::Link& link, Instant now) override;
  void on_moved(link::Link& link, Instant now) override;
  void on_closed(link::Link& link, const Closed& how, Instant now) override;

  /// Each session in turn.
  std::optional<chat::Command> next_command(Instant now) override;
  void carry_out(const chat::Effect& effect) override;
  std::vector<chat::Read> take_reads() override { return std::exchange(reads_, {}); }
  void take(const chat::Slice& slice) override;
  /// Hands the links what is due, as far as they have room.
  void deliver(Instant now) override;
  bool wants_to_write() const override;
  void on_writable(Instant now) override;
  std::optional<Instant> next_deadline() const override;
  void on_deadline(Instant now) override;
  void close(Instant now) override;

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
  struct Asker {
    chat::RoomId room;
    std::optional<Page> page;  ///< nothing: the feed
  };

  // Of the effects.
  void on(const chat::OpenRoom& open);
  void on(const chat::CloseRoom& close);
  void on(const chat::StartReading& start);
  void on(const chat::StopReading& stop);
  void on(const chat::ShowPast& show);
  void on(const chat::RoomAdvanced& advanced);
  void on(const chat::Tell& tell);
  void on(const chat::Gone& gone);
  void on(const chat::SetNumbered& /*every message has its number here*/) {}
  void on(const chat::Silence& /*the hub knows a member by its key*/) {}
  // The house's own, and the operators'.
  void on(const chat::Append& /*append*/) {}
  void on(const chat::KeepRecord& /*keep*/) {}
  void on(const chat::TellOperator& /*tell*/) {}
  void on(const chat::Noted& /*noted*/) {}

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
  void deliver_due();
  void deliver_to(chat::SessionId id, Session& session);
  void ask(chat::RoomId room, chat::Number after, std::size_t most_bytes,
           std::optional<Page> page = {});
  void read_on();
  void end(Session& session, std::string_view why);
  /// Says why, where somebody asks for it who is not online.
  static void turn_away(link::Link& link, Entry entry, bool is_online = false);

  Outside outside_;
  std::vector<link::LinkSet*> link_sets_;
  std::unordered_map<const link::Link*, chat::SessionId> ids_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::deque<chat::Command> news_;  // of links, for the hub; at most two for each that there was
  std::unordered_map<chat::RoomId, MemberFeed> feeds_;
  std::deque<chat::SessionId> asking_;   // have input and need not wait, each once, in turn
  std::vector<chat::SessionId> paused_;  // have input, and wait for their pace
  std::optional<Instant> pause_until_;
  std::set<chat::RoomId> advanced_;   // something is due to their readers
  std::vector<chat::SessionId> due_;  // something may be handed to their links, each once
  std::set<chat::RoomId> behind_;     // some of their readers wait for the past
  std::map<chat::RoomId, Instant> unread_until_;  // the disk does not give it
  std::deque<std::pair<Instant, chat::SessionId>> login_by_;
  std::set<chat::RoomId> unread_;  // the same, since the last `deliver`
  std::vector<chat::Read> reads_;
  std::unordered_map<std::uint64_t, Asker> askers_;  // by `ReadId::value`
  std::uint64_t last_read_ = 0;
  std::uint64_t last_session_ = 0;
  Counts counts_;
};

}  // namespace palabre::server
