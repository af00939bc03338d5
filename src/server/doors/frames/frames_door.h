#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
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
#include "chat/number_ranges.h"
#include "guard/policy.h"
#include "link/link.h"
#include "link/link_set.h"
#include "server/door.h"
#include "server/doors/frames/member_feed.h"
#include "server/doors/frames/post_pace.h"
#include "wire/frames.h"
#include "wire/login.h"
#include "wire/member_frames.h"

namespace palabre::server {

/// The door of members: frames over links of any kind. It maps links to sessions, challenges new
/// links, and lets each session read its rooms as far as its link has room. It decides nothing:
/// requests go to the hub (`next_command`), the hub's decisions come back through `carry_out`.
///
/// Backpressure, not errors: no frame is dropped, and none is refused for being too fast. The door
/// stops reading a session while (a) its rate is exceeded, (b) its link has no space, (c)
/// `kMostWaiting` or `kMostUnanswered` is reached, (d) a login or a page is pending, or (e) a post
/// waits for its turn (`PostPace`). Commands read before that are still answered, and events that
/// others cause are still told. A session whose post waits is told so each `kTellSlowed`, so its
/// client knows that the server is there and needs no other link.
///
/// One thread.
class FramesDoor final : public Door, public link::LinkUser {
 public:
  /// The capabilities of a member's session, see `chat::Caps`.
  static constexpr chat::Caps kCaps{.many_rooms = true, .connection = true, .ordered_posts = true};

  /// Bytes of answers and events that wait for a session's link. Above this the session is not read
  /// from. Not a limit: more may be added meanwhile.
  static constexpr std::size_t kMostWaiting = std::size_t{64} << 10;
  /// Unanswered posts of one session. At this number the session is not read from. A post counts as
  /// answered once its answer is given to the link, or is among the bytes that wait for the link.
  static constexpr std::size_t kMostUnanswered = 256;
  /// Limit of logins with a valid proof that one connection may try; one more closes it.
  static constexpr std::size_t kMostLogins = 8;
  /// A link without a login after this time is closed. The time starts again if a login is pending.
  static constexpr Duration kLoginPatience = std::chrono::seconds(10);

  /// While posts of a session wait for their turn, it is told so once in this time, for the first
  /// time after as long. Shorter than the silence after which a client looks for another link.
  static constexpr Duration kTellSlowed = std::chrono::seconds(1);

  /// Rate limit of one session: a token bucket of frames. Frames over the rate wait.
  struct Pace {
    double burst = 1000;
    double per_second = 500;
  };

  enum class Entry {
    kOpen,
    kBanned,
    kNotFromHere,  ///< members are not admitted from this address
  };

  /// The door's dependencies.
  struct Outside {
    std::function<void(std::span<std::uint8_t>)> random;  ///< cryptographic random bytes
    std::function<WallTime()> wall;
    /// Decides if the link's current address is admitted. Asked when the link opens, logs in or
    /// moves.
    std::function<Entry(const link::Link&, Instant)> admits;
    /// From where the link's current address is reached.
    std::function<Reach(const link::Link&)> reach = [](const link::Link&) {
      return Reach::kLoopback;
    };
    /// Whether the link's current address is exempt from the paces of posts; asked when the link
    /// logs in or moves.
    std::function<bool(const link::Link&)> is_exempt = [](const link::Link&) { return true; };
    Pin identity;        ///< pin of the certificate that links are encrypted with
    std::string server;  ///< name and version for clients
    Pace pace = {};
    MemberFeed::Sizes feed = {};
    guard::PostRates posts = {};
  };
  struct Counts {
    std::uint64_t logins = 0;
    std::uint64_t logins_refused = 0;
    std::uint64_t broken = 0;  ///< links closed for bytes that are no frame or no command
    std::uint64_t slowed = 0;  ///< posts that had to wait for their turn
  };

  FramesDoor(chat::DoorIndex index, Outside outside)
      : Door(index), outside_(std::move(outside)), posts_(outside_.posts) {}

  /// Adds a source of links. Borrows the set, which must outlive the door. Call it before any other
  /// function.
  void speak_over(link::LinkSet& links) { link_sets_.push_back(&links); }

  // Events of links.
  void on_open(link::Link& link, Instant now) override;
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
  void on_datagram(link::Link& link, std::string_view bytes, Instant now) override;
  void on_room(link::Link& link, Instant now) override;
  void on_moved(link::Link& link, Instant now) override;
  void on_closed(link::Link& link, const Closed& how, Instant now) override;

  /// The sessions take turns.
  std::optional<chat::Command> next_command(Instant now) override;
  void carry_out(const chat::Effect& effect) override;
  std::vector<chat::Read> take_reads() override { return std::exchange(reads_, {}); }
  void take(const chat::Slice& slice) override;
  /// Gives the links what is due, as far as they have room.
  void deliver(Instant now) override;
  bool wants_to_write() const override;
  void on_writable(Instant now) override;
  std::optional<Instant> next_deadline() const override;
  void on_deadline(Instant now) override;
  void close(Instant now) override;

  std::size_t sessions() const { return sessions_.size(); }
  /// Whether somebody has logged in over this link.
  bool has_login(const link::Link& link) const;
  const Counts& counts() const { return counts_; }

 private:
  enum class State { kChallenged, kLoggingIn, kOnline, kLeaving };
  /// The page for which a session waits.
  struct Page {
    chat::SessionId session;
    std::uint32_t count = 0;
    chat::Tag tag;
  };
  /// A page that waits for room in the link. Not encoded yet: messages in it may still be removed.
  struct HeldPage {
    chat::Slice slice;
    std::uint32_t count = 0;
    chat::Tag tag;
  };
  /// Messages of one room that were removed, and their event, encoded once for all readers.
  struct Removal {
    chat::NumberRanges numbers;
    link::Chunk frame;
  };
  struct Session {
    Session(link::Link& over, const Pace& pace)
        : link(&over), may_ask(pace.burst, pace.per_second) {}

    link::Link* link;
    State state = State::kChallenged;
    wire::Nonce nonce;
    std::size_t logins = 0;
    Bucket may_ask;
    wire::FrameReader reader;
    std::size_t unread = 0;  ///< bytes that are not reported to the link as consumed
    bool has_input = false;  ///< in `asking_` or in `paused_`
    bool is_due = false;     ///< in `due_`
    std::string waiting;     ///< answers that wait for room in the link
    /// For each room the last unasked `RoomChanged`, as a frame, until the link has space.
    std::map<chat::RoomId, std::string> changed;
    /// The same for removed messages: all that the session was not told of yet, at most
    /// `NumberRanges::kMost` ranges for each room.
    std::map<chat::RoomId, std::shared_ptr<const Removal>> removed;
    Reach reach = Reach::kLoopback;  ///< of the link's current address, as `is_exempt`
    bool is_exempt = true;
    // For `PostPace`.
    PostPace::Poster poster;
    bool is_bot = false;
    std::optional<chat::Command> held;  ///< a post that waits for its turn
    bool has_turn = false;              ///< `held` may go on
    bool is_timed = false;              ///< in `tell_slowed_`
    std::size_t unanswered = 0;         ///< posts, see `kMostUnanswered`
    bool awaits_page = false;           ///< until the page is given to the link
    std::optional<HeldPage> page;
    std::vector<chat::RoomId> rooms;
    /// A room whose log is not the one of the session's cursor, and the number of that cursor. Told
    /// after `chat::Joined`.
    std::optional<std::pair<chat::RoomId, chat::Number>> gap;
  };
  /// For whom a slice is read.
  struct Asker {
    chat::RoomId room;
    std::optional<Page> page;  ///< nothing: for the feed of the room
  };

  // Effects.
  void on(const chat::OpenRoom& open);
  void on(const chat::CloseRoom& close);
  void on(const chat::StartReading& start);
  void on(const chat::StopReading& stop);
  void on(const chat::ShowPast& show);
  void on(const chat::RoomAdvanced& advanced);
  void on(const chat::RoomRedacted& redacted);
  void on(const chat::Tell& tell);
  void on(const chat::Gone& gone);
  void on(const chat::SetPace& pace);
  void on(const chat::SetNumbered& /*every message has its number here*/) {}
  void on(const chat::NetworkBanned& /*its links are asked for*/) {}
  // For the house and for operators.
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
  /// Looks at the session's current address.
  void set_poster(Session& session);
  std::optional<chat::Command> in_turn(chat::SessionId id, Session& session, chat::Command post,
                                       Instant now);
  void give_turns(Instant now);
  void tell_slowed(Instant now);
  std::string challenge(Session& session) const;
  bool has_to_wait(const Session& session) const;
  void ask_later(chat::SessionId id, Session& session);
  void is_due(chat::SessionId id, Session& session);
  void answer(chat::SessionId id, Session& session, std::string_view frame);
  void answered(chat::SessionId id, Session& session, std::size_t posts);
  void give_page(const Page& page, chat::Slice slice);
  void give_removals(Session& session);
  void deliver_due();
  void deliver_to(chat::SessionId id, Session& session);
  void request_slice(chat::RoomId room, chat::Number after, std::size_t most_bytes,
                     std::optional<Page> page = {});
  void read_on();
  void end(Session& session, std::string_view why);
  /// Closes the link. A peer that is not online is first told why, unless it is banned.
  static void turn_away(link::Link& link, Entry entry, bool is_online = false);

  Outside outside_;
  std::vector<link::LinkSet*> link_sets_;
  std::unordered_map<const link::Link*, chat::SessionId> ids_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::deque<chat::Command> news_;  // `Moved` and `HungUp`, for the hub
  std::unordered_map<chat::RoomId, MemberFeed> feeds_;
  std::deque<chat::SessionId> asking_;   // have input and need not wait; each once, in turn
  std::vector<chat::SessionId> paused_;  // have input, and are over their pace
  std::optional<Instant> pause_until_;
  PostPace posts_;
  /// Sessions whose post waits, or waited, and when to look at them again; each once.
  std::deque<std::pair<Instant, chat::SessionId>> tell_slowed_;
  std::set<chat::RoomId> advanced_;   // rooms with something due to their readers
  std::vector<chat::SessionId> due_;  // sessions with something for their links; each once
  std::set<chat::RoomId> behind_;     // rooms with readers that wait for the past
  std::map<chat::RoomId, Instant> unread_until_;  // rooms that the disk does not give; retry then
  std::deque<std::pair<Instant, chat::SessionId>> login_by_;
  std::set<chat::RoomId> unread_;  // new ones since the last `deliver`
  std::vector<chat::Read> reads_;
  std::unordered_map<std::uint64_t, Asker> askers_;  // by `ReadId::value`
  std::uint64_t last_read_ = 0;
  std::uint64_t last_session_ = 0;
  Counts counts_;
};

}  // namespace palabre::server
