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
class Challenge;
class Command;
class Event;
class Past;
class Present;
class Refused;
class Joined;
}  // namespace palabre::proto

namespace palabre::client {

/// A member's session with a server: logs in, joins, posts, reads; and does so again on every new
/// link, so that nothing is lost, nothing shown twice, and every post is kept once. Pure: no
/// socket, no clock; bytes come and go through links, `now` is an argument, randomness is given.
///
/// It works on one link at a time, the one that opened last; the one before is closed. Whoever
/// gives it links looks after `is_suspect` and `take_outcomes` after every call, and calls
/// `on_deadline`.
///
/// The server is a stranger. A name that is none is left aside: a room keeps the name under which
/// it was asked for, an author is `kNoName`, a person is counted and not named; only without a
/// nickname of its own the session ends. Words are cut (`kMostWordsBytes`).
///
/// Its queues: posts without an answer (`Outbox`), lines held back (`Reading`), questions without
/// an answer (`kMostQuestions`; more are refused), rooms (`kMostRooms`; more are refused), and
/// outcomes, which are whatever one batch of bytes brings about.
class Session final : public link::LinkUser {
 public:
  static constexpr std::size_t kMostQuestions = 256;
  static constexpr std::size_t kMostRooms = 512;
  /// Rooms for two into which a server may put it; into more it is not put.
  static constexpr std::size_t kMostPutInto = 64;
  static constexpr std::size_t kMostDirectRooms = 256;  ///< in `Welcomed`: the first ones
  static constexpr std::size_t kMostPeople = 200;       ///< in `PresentNow`: the first ones
  static constexpr std::size_t kMostNoteBytes = 400;    ///< of somebody who is away
  /// Far more than any server takes, and little enough for a frame.
  static constexpr std::size_t kMostPostBytes = std::size_t{16} << 10;
  /// No server is believed to take less in a line.
  static constexpr std::size_t kFewestLineBytes = 256;
  static constexpr std::uint32_t kPageLines = 200;  ///< asked for at most, in a page
  /// How long the server may be silent before it is asked: at rest, and while it owes an answer or
  /// has been heard twice within `kQuiet`, so that more was to be expected.
  static constexpr Duration kQuiet = std::chrono::seconds(5);
  static constexpr Duration kQuietAndBusy = std::chrono::milliseconds(500);
  /// How long it may be silent and owe an answer before another link should be tried. On a way that
  /// is slower than that, each link would be given up for the next; so each that is before its
  /// login makes it twice as long, up to a limit, until an answer has come in time again.
  static constexpr Duration kSuspect = std::chrono::milliseconds(1500);
  static constexpr Duration kMostSuspect = std::chrono::seconds(24);

  using Nonce = std::array<std::uint8_t, 32>;
  /// The signature of a login: over the server's nonce and ours, the pin that the link was opened
  /// under, and the value that both its ends know.
  using Prove = std::function<std::string(const Nonce& server, const Nonce& client,
                                          const std::optional<link::Link::Exporter>& exporter)>;

  struct Identity {
    std::string key;  ///< Ed25519 public key, 32 bytes
    Prove prove;
    /// Wanted where the key has none yet: the first of them that is free. At least one.
    std::vector<std::string> nicks;
    std::string agent;  ///< name and version of the program
  };

  struct JoinFrom {
    std::optional<chat::Cursor> after = {};  ///< what has been seen of it
    std::uint32_t last = 20;                 ///< else the last so many are shown
    /// Of more than so many after `after` only these last ones are; 0: all of them, however many.
    std::uint32_t most = 0;
    std::string invite = {};
  };

  /// `random` gives 64 bits that nobody can guess.
  Session(Identity identity, std::function<std::uint64_t()> random);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // What may be asked for at any time, with a link or without.

  /// Nothing where it is joined already. `JoinRefused` beyond `kMostRooms`.
  void join(const chat::RoomName& room, JoinFrom from, Instant now);
  void leave(const chat::RoomName& room, Instant now);
  /// Answered by `Kept` or `PostRefused`, however long that takes. Refused at once where the room
  /// is not joined or too much waits.
  Result<PostId> post(const chat::RoomName& room, chat::Kind kind, std::string_view text,
                      Instant now);
  /// Empty: here. Said again on every link.
  void set_away(std::string note, Instant now);
  void quit(Instant now);

  // Questions: refused at once without a link, and answered by `QuestionRefused` when it goes.

  Result<QuestionId> take_nick(const std::string& nick, Instant now);
  Result<QuestionId> who(const chat::RoomName& room, Instant now);
  /// Up to `count` messages after `after`, 1 to `kPageLines`. In the `Page` they are in order.
  Result<QuestionId> read(const chat::RoomName& room, chat::Number after, std::uint32_t count,
                          Instant now);

  // LinkUser. What comes on another link than the last one is of no interest.
  void on_open(link::Link& link, Instant now) override;
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
  void on_datagram(link::Link& link, std::string_view bytes, Instant now) override;
  void on_room(link::Link& link, Instant now) override;
  void on_closed(link::Link& link, const Closed& how, Instant now) override;

  /// When to call `on_deadline`. Past while `is_suspect`: look again when another link was tried.
  std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

  /// What has come about since it was last asked.
  std::vector<Outcome> take_outcomes() { return std::exchange(outcomes_, {}); }

  bool has_link() const { return link_ != nullptr; }
  /// Logged in: what is posted is on its way.
  bool is_online() const { return is_online_; }
  bool is_over() const { return is_over_; }
  /// The server owes an answer and has been silent for too long: try another link beside this one.
  bool is_suspect(Instant now) const;
  /// Posts without an answer.
  std::size_t waiting() const { return outbox_.size(); }
  /// Of those, how many may be kept for all that is known: the others were never sent.
  std::size_t in_doubt() const { return outbox_.in_doubt(); }
  const std::string& nick() const { return nick_; }
  /// That a message may have (`chat::line_bytes`), as the server says.
  std::size_t line_bytes() const { return line_bytes_; }
  /// What has been taken of each room that was ever joined: where to go on another day.
  std::vector<std::pair<chat::RoomName, chat::Cursor>> cursors() const;

 private:
  struct Room {
    JoinFrom from;
    Reading reading;
    std::optional<std::uint64_t> id;  ///< on this link
    bool was_joined = false;          ///< on any link: `reading` has a cursor
    bool was_put_into = false;        ///< by the server, unasked
    bool on_disk = false;
    bool is_held = false;
    bool is_replaying = false;
    bool is_again = false;
    chat::Number end;  ///< of the replay
    std::uint64_t replayed = 0;
    std::uint64_t skipped = 0;  ///< after its first cursor, and not asked for
  };
  using Rooms = std::map<chat::RoomName, Room>;

  /// What waits for an answer on this link, under its tag.
  struct Asked {
    enum class What { kLogin, kJoin, kLeave, kQuestion, kAway, kPing };
    What what = What::kPing;
    chat::RoomName room;
    QuestionId question;
    Instant at;
    int answer = 0;  ///< of a question, as `Event::WhatCase`: anything else is none
    // Of a page:
    chat::Number after = {};
    std::uint32_t most = 0;
  };

  std::uint64_t ask(proto::Command& command, Asked asked);
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

  // session_events.cc
  void read_event(std::string_view frame, Instant now);
  void on_login_event(const proto::Event& event, Instant now);
  void on_event(const proto::Event& event, Instant now);
  void on_answer(const proto::Event& event, const Asked& asked);
  void on_challenge(const proto::Challenge& challenge, Instant now);
  void on_welcome(const proto::Event& event, Instant now);
  void on_joined(const proto::Joined& joined, const chat::RoomName& asked);
  void on_put_into(const proto::Joined& joined);
  bool asks_for_less(const chat::RoomName& name, Room& room, const proto::Joined& joined);
  void on_message(const proto::Event& event);
  void on_acknowledged(const proto::Event& event);
  void on_gap(const proto::Event& event);
  void on_left(const proto::Event& event);
  void on_post_refused(const proto::Refused& refused, PostId post, Instant now);
  void on_refused(const proto::Refused& refused, const Asked& asked);
  void on_login_refused(const proto::Refused& refused);
  void on_nick_taken(const proto::Event& event);
  void on_present(const proto::Present& present, const Asked& asked);
  void on_past(const proto::Past& past, const Asked& asked);
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
  Instant spoke_at_;      ///< as `heard_at_`, but pongs do not count
  bool is_busy_ = false;  ///< it has something to say all the time
  std::uint64_t last_tag_ = 0;
  std::map<std::uint64_t, Asked> asked_;
};

}  // namespace palabre::client
