#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "chat/command.h"
#include "chat/ids.h"
#include "chat/limits.h"
#include "chat/message.h"
#include "chat/names.h"
#include "client/outbox.h"
#include "client/outcome.h"
#include "client/reading.h"
#include "link/link.h"
#include "wire/frames.h"

namespace palabre::proto {
class AskedToWrite;
class Challenge;
class Command;
class Contacts;
class Event;
class Past;
class Present;
class Refused;
class Removed;
class Joined;
class RoomChanged;
}  // namespace palabre::proto

namespace palabre::client {

/// A member's session with a server. It logs in, joins rooms, posts and reads, and resumes all of
/// that on every new link: no message is lost or shown twice, and every post is kept once. Pure: no
/// socket, no clock; bytes come and go through links, `now` is an argument, randomness is given.
/// The steps: docs/protocol-members.md, "Exactly once".
///
/// It uses one link at a time, the one that opened last, and closes the link before it. Its owner
/// calls `is_suspect` and `take_outcomes` after every other call, and `on_deadline` when due.
///
/// The server is not trusted. An invalid name is ignored: a room keeps the name that it was joined
/// under, an author becomes `kNoName`, a person is counted but not listed. Only an invalid nickname
/// for this session ends it. Sentences are cut (`kMostWordsBytes`).
///
/// Its queues: posts without an answer (`Outbox`), lines held back (`Reading`), questions without
/// an answer (`kMostQuestions`; more are refused), rooms (`kMostRooms`; more are refused), and
/// outcomes: those of one batch of bytes.
class Session final : public link::LinkUser {
 public:
  static constexpr std::size_t kMostQuestions = 256;
  static constexpr std::size_t kMostRooms = 512;
  /// Rooms for two that the server may open with it unasked; more are ignored.
  static constexpr std::size_t kMostPutInto = 64;
  static constexpr std::size_t kMostDirectRooms = 256;  ///< in `Welcomed`; the rest is ignored
  static constexpr std::size_t kMostContacts = 100;     ///< in `Welcomed` and `Contacts`; likewise
  static constexpr std::size_t kMostPeople = 200;       ///< in `PresentNow`; the rest is ignored
  static constexpr std::size_t kMostNoteBytes = 400;    ///< of an away note
  /// Far more than any server takes, and little enough for a frame.
  static constexpr std::size_t kMostPostBytes = std::size_t{16} << 10;
  /// A smaller `Welcome.line_bytes` is raised to this.
  static constexpr std::size_t kFewestLineBytes = 256;
  static constexpr std::uint32_t kPageLines = 200;  ///< the largest page to ask for
  /// Silence before the server is pinged: `kQuiet` at rest; `kQuietAndBusy` while an answer is due,
  /// or after two events within `kQuiet`, since more were to be expected.
  static constexpr Duration kQuiet = std::chrono::seconds(5);
  static constexpr Duration kQuietAndBusy = std::chrono::milliseconds(500);
  /// Silence, with an answer due, before another link should be tried. On a slower path every link
  /// would be replaced before it answers, so each link replaced before its login doubles the time,
  /// up to `kMostSuspect`. An answer within half of `kSuspect` resets it.
  static constexpr Duration kSuspect = std::chrono::milliseconds(1500);
  static constexpr Duration kMostSuspect = std::chrono::seconds(24);
  /// A server that answers a ping, and not a question asked so long before, does not know it.
  static constexpr Duration kQuestionPatience = std::chrono::seconds(10);

  using Nonce = std::array<std::uint8_t, 32>;
  /// Returns the signature of a login: over both nonces, the pin of the link's server, and the
  /// link's exporter value.
  using Prove = std::function<std::string(const Nonce& server, const Nonce& client,
                                          const std::optional<link::Link::Exporter>& exporter)>;

  struct Identity {
    std::string key;  ///< Ed25519 public key, 32 bytes
    Prove prove;
    /// Nicknames to ask for if the key has none yet; the first free one is taken. At least one.
    std::vector<std::string> nicks;
    std::string agent;  ///< name and version of the program
  };

  struct JoinFrom {
    std::optional<chat::Cursor> after = {};  ///< resume after this cursor
    std::uint32_t last = 20;                 ///< without `after`: replay the last so many messages
    /// If more messages than this come after `after`, only the last `most` are replayed; 0: all.
    std::uint32_t most = 0;
    std::string invite = {};
  };

  /// `random` returns 64 unpredictable bits.
  Session(Identity identity, std::function<std::uint64_t()> random);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Allowed at any time, with or without a link.

  /// Does nothing if the room is joined already. `JoinRefused` beyond `kMostRooms`.
  void join(const chat::RoomName& room, JoinFrom from, Instant now);
  void leave(const chat::RoomName& room, Instant now);
  /// Answered by `Kept` or `PostRefused`, over as many links as that takes. An error if the room is
  /// not joined, the text is longer than `kMostPostBytes`, or the outbox is full.
  Result<PostId> post(const chat::RoomName& room, chat::Kind kind, std::string_view text,
                      Instant now);
  /// An empty note: no longer away. A note is sent again on every new link.
  void set_away(std::string note, Instant now);
  void quit(Instant now);

  // Questions: an error unless online, or beyond `kMostQuestions`. If the link goes before the
  // answer, `QuestionRefused` comes.

  /// Asks by one command. The answer is an outcome of its kind (`NickChanged`, `RoomChanged`). A
  /// request that names no room is about `here`. Requires one that `wire::fill` knows.
  Result<QuestionId> ask(chat::Request request, const chat::RoomName& here, Instant now);
  Result<QuestionId> who(const chat::RoomName& room, Instant now);
  /// Asks for up to `count` messages after number `after`; `count` is clamped to 1..`kPageLines`.
  /// Answered by `Page`, in order.
  Result<QuestionId> read(const chat::RoomName& room, chat::Number after, std::uint32_t count,
                          Instant now);

  // LinkUser. Everything from a link other than the current one is ignored.
  void on_open(link::Link& link, Instant now) override;
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
  void on_datagram(link::Link& link, std::string_view bytes, Instant now) override;
  void on_room(link::Link& link, Instant now) override;
  void on_closed(link::Link& link, const Closed& how, Instant now) override;

  /// When to call `on_deadline`. In the past while `is_suspect`: ask again after another link was
  /// tried.
  std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

  /// The outcomes since the last call, in order.
  std::vector<Outcome> take_outcomes() { return std::exchange(outcomes_, {}); }

  bool has_link() const { return link_ != nullptr; }
  /// Logged in on the current link.
  bool is_online() const { return is_online_; }
  bool is_over() const { return is_over_; }
  /// An answer is due and the server has been silent for too long: try another link beside this
  /// one.
  bool is_suspect(Instant now) const;
  /// Posts without an answer.
  std::size_t waiting() const { return outbox_.size(); }
  /// How many of those may have been kept; see `Outbox::in_doubt`.
  std::size_t in_doubt() const { return outbox_.in_doubt(); }
  const std::string& nick() const { return nick_; }
  /// The member's own, whatever its nickname.
  chat::AuthorId author_id() const;
  /// The longest message the server takes, in `chat::line_bytes`.
  std::size_t line_bytes() const { return line_bytes_; }
  /// The cursor of each room that it is in and that was joined on some link: where to resume later.
  std::vector<std::pair<chat::RoomName, chat::Cursor>> cursors() const;

 private:
  struct Room {
    JoinFrom from;
    Reading reading;
    std::optional<std::uint64_t> id;  ///< on this link
    bool was_joined = false;          ///< on any link: `reading` has a cursor
    bool was_put_into = false;        ///< the server opened it unasked
    bool on_disk = false;
    bool is_held = false;
    bool is_replaying = false;
    bool is_again = false;
    chat::Number end;  ///< the last number of the replay
    std::uint64_t replayed = 0;
    std::uint64_t skipped = 0;  ///< messages left out by `JoinFrom::most`
  };
  using Rooms = std::map<chat::RoomName, Room>;

  /// A command without an answer on this link. `asked_` maps its tag to it.
  struct Asked {
    enum class What { kLogin, kJoin, kLeave, kQuestion, kAway, kPing };
    What what = What::kPing;
    chat::RoomName room;
    QuestionId question;
    Instant at;
    int answer = 0;  ///< the `Event::WhatCase` that answers a question
    // For a page:
    chat::Number after = {};
    std::uint32_t most = 0;
  };

  std::uint64_t send_request(proto::Command& command, Asked asked);
  Result<QuestionId> ask_question(proto::Command& command, Asked asked);
  void send(const proto::Command& command);
  void send_join(const chat::RoomName& name, const Room& room, Instant now);
  void send_away(Instant now);
  void send_posts(Instant now);
  bool may_post_to(const chat::RoomName& room) const;
  void drop_link(std::uint64_t code, std::string_view why);
  void forget_link(const std::string& words);
  void end(Ended::Why why, std::string words);
  void fail(std::string_view what);
  std::optional<Instant> owing_since() const;
  bool is_ping_under_way() const;
  Instant ping_due() const;
  void take_out(Rooms::iterator room, const std::string& words);
  void tell_own(const chat::RoomName& name, Reading& reading);
  void give_up_posts(const std::string& words);
  void tell_refused(Outbox::Post post, const std::string& words);

  // session_events.cc, session_login.cc
  void read_event(std::string_view frame, Instant now);
  void on_login_event(const proto::Event& event, Instant now);
  void on_event(const proto::Event& event, Instant now);
  void on_answer(const proto::Event& event, const Asked& asked);
  void give_up_questions(Instant before);
  void on_challenge(const proto::Challenge& challenge, Instant now);
  void on_welcome(const proto::Event& event, Instant now);
  void on_joined(const proto::Joined& joined, const chat::RoomName& asked);
  void on_put_into(const proto::Joined& joined);
  bool asks_for_less(const chat::RoomName& name, Room& room, const proto::Joined& joined);
  void on_message(const proto::Event& event);
  void on_acknowledged(const proto::Event& event);
  void on_gap(const proto::Event& event);
  void on_removed(const proto::Removed& removed);
  void on_left(const proto::Event& event);
  void on_post_refused(const proto::Refused& refused, PostId post, Instant now);
  void on_refused(const proto::Refused& refused, const Asked& asked);
  void on_login_refused(const proto::Refused& refused);
  void on_nick_taken(const proto::Event& event);
  void on_room_changed(const proto::RoomChanged& changed);
  void on_present(const proto::Present& present, const Asked& asked);
  void on_past(const proto::Past& past, const Asked& asked);
  void on_asked_to_write(const proto::AskedToWrite& asked);
  void on_contacts(const proto::Contacts& contacts, const Asked& asked);
  void on_goodbye(const proto::Event& event);
  Rooms::iterator find_room(std::uint64_t id);
  Rooms::iterator settle_name(const chat::RoomName& asked, const chat::RoomName& proper);
  void release_held();
  void show(const chat::RoomName& name, Room& room);

  Identity identity_;
  std::function<std::uint64_t()> random_;
  Outbox outbox_;
  Rooms rooms_;
  std::string nick_;
  std::size_t line_bytes_ = chat::Limits{}.line_bytes;
  std::string away_;
  std::size_t nick_tried_ = 0;
  bool was_welcomed_ = false;
  bool is_over_ = false;
  std::vector<Outcome> outcomes_;
  std::uint64_t last_question_ = 0;

  link::Link* link_ = nullptr;
  bool is_online_ = false;
  bool is_challenged_ = false;
  wire::FrameReader frames_;
  Duration patience_ = kSuspect;
  Instant opened_at_;
  Instant heard_at_;
  Instant spoke_at_;      ///< the last event other than a pong
  bool is_busy_ = false;  ///< two events came within `kQuiet`
  std::uint64_t last_tag_ = 0;
  std::map<std::uint64_t, Asked> asked_;
};

}  // namespace palabre::client
