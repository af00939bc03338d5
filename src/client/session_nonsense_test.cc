#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "drivers/model_server_driver.h"

// A server that sends anything: events in any order with any numbers, and damaged bytes. The
// session may end with a sentence, but everything it shows stays in order.

namespace palabre::client {
namespace {

/// Sends random events. It knows the session's cursors, so that most events are plausible enough to
/// be processed.
class Liar {
 public:
  Liar(std::uint64_t seed, const Wired& world) : random_(seed), world_(world) {}

  proto::Event next() {
    proto::Event event;
    event.set_tag(number());
    switch (random_() % 16) {
      case 0:
        event.mutable_joined()->set_room(room());
        event.mutable_joined()->set_room_id(sometimes(16) && event.joined().room() != kLobby.text
                                                ? number()
                                                : ModelServer::id_of(event.joined().room()));
        event.mutable_joined()->set_log(number() % 3);
        event.mutable_joined()->set_end(number());
        break;
      case 1:
      case 2:
      case 3:
        event.mutable_message()->set_room_id(room_id());
        event.mutable_message()->set_number(place());
        event.mutable_message()->set_author(text());
        event.mutable_message()->set_text(text());
        event.mutable_message()->set_kept_at(static_cast<std::int64_t>(number()));
        break;
      case 4:
      case 5:
        event.mutable_acknowledged()->set_room_id(room_id());
        event.mutable_acknowledged()->set_number(place());
        event.mutable_acknowledged()->set_id(id());
        event.mutable_acknowledged()->set_repeated(random_() % 2 == 0);
        break;
      case 6:
      case 7:
        event.mutable_refused()->set_why(static_cast<proto::Refused::Why>(random_() % 20));
        event.mutable_refused()->set_id(random_() % 2 == 0 ? id() : "");
        event.mutable_refused()->set_words(text());
        break;
      case 8:
        event.mutable_gap()->set_room_id(room_id());
        event.mutable_gap()->set_from(place());
        event.mutable_gap()->set_to(place());
        event.mutable_gap()->set_why(static_cast<proto::Gap::Why>(random_() % 6));
        break;
      case 9:
        event.mutable_left()->set_room_id(room_id());
        break;
      case 10:
        event.mutable_past()->set_up_to(number());
        event.mutable_past()->add_messages()->set_number(number());
        event.mutable_past()->add_gaps()->set_to(number());
        break;
      case 11:
        event.mutable_present()->set_count(static_cast<std::uint32_t>(number()));
        event.mutable_present()->add_people()->set_name(text());
        break;
      case 12:
        event.mutable_nick_taken()->set_nick(sometimes(200) ? text() : "awa");
        break;
      case 13:
        event.mutable_welcome()->set_nick(text());
        break;
      case 14:
        event.mutable_pong();
        break;
      default:
        if (random_() % 8 == 0) event.mutable_challenge()->set_nonce(std::string(32, 'x'));
    }
    return event;
  }

  std::uint64_t last_post = 0;  ///< the latest post's number

  bool sometimes(unsigned one_of) { return random_() % one_of == 0; }
  void damage(std::string& bytes) {
    if (!bytes.empty()) bytes[random_() % bytes.size()] = static_cast<char>(random_());
  }

 private:
  std::uint64_t number() {
    switch (random_() % 8) {
      case 0:
        return random_();
      case 1:
        return ~std::uint64_t{0};
      default:
        return random_() % 12;
    }
  }
  std::string room() {
    const std::string name = sometimes(16) ? text() : random_() % 2 == 0 ? "lobby" : "ops";
    for (const auto& [joined, cursor] : world_.session.cursors()) {
      if (joined.text == name) at_ = cursor.number.value;
    }
    return name;
  }
  std::uint64_t room_id() { return sometimes(16) ? number() : ModelServer::id_of(room()); }
  /// A message's number in the room named last: mostly the next one, or an old one.
  std::uint64_t place() {
    if (sometimes(400)) return number();
    switch (random_() % 4) {
      case 0:
        return at_ - std::min<std::uint64_t>(at_, random_() % 8);
      case 1:
        return at_ + 1 + random_() % 4;
      default:
        return at_ + 1;
    }
  }
  /// Mostly the ID of a post without an answer.
  std::string id() {
    const std::uint64_t post = sometimes(8) ? number() : last_post;
    return fmt::format("{:016x}.{}", 1, post - std::min(post, random_() % 4));
  }
  std::string text() {
    std::string text;
    for (std::uint64_t i = random_() % 6; i > 0; --i) text += static_cast<char>(random_());
    // protobuf requires strings to be UTF-8.
    for (char& c : text) c = static_cast<char>(c & 0x7F);
    return text;
  }

  std::mt19937_64 random_;
  const Wired& world_;
  std::uint64_t at_ = 0;  // the session's place in the room named last
};

/// Checks a session's guarantees, whatever the server sends: the numbers of a room come in order,
/// each once; missing ones are reported; and each post is answered once.
class Viewer {
 public:
  /// `is_elsewhere`: the answer named another room than its post's, so its number has no known
  /// room.
  void see(const std::vector<Outcome>& outcomes, bool is_elsewhere = false) {
    is_elsewhere_ = is_elsewhere;
    for (const Outcome& outcome : outcomes) {
      std::visit([this](const auto& one) { look_at(one); }, outcome);
    }
  }

  std::size_t lines = 0;
  std::size_t posts = 0;

 private:
  /// One log of a room, as it is shown.
  struct Life {
    chat::LogId log;
    std::optional<std::uint64_t> last;  // nothing: the server decides where the log begins
    std::set<std::uint64_t> shown;
  };

  void look_at(const Joined& joined) {
    if (joined.asked != joined.room) {  // the room was renamed, or two rooms became one
      auto former = lives_.extract(joined.asked);
      if (!former.empty()) {
        former.key() = joined.room;
        lives_.insert(std::move(former));
      }
    }
    const auto [life, is_new] = lives_.try_emplace(joined.room, Life{joined.end.log, {}, {}});
    if (!is_new && life->second.log != joined.end.log) life->second = {joined.end.log, {}, {}};
  }
  void look_at(const HasLeft& left) { lives_.erase(left.room); }
  void look_at(const JoinRefused& refused) { lives_.erase(refused.room); }

  void look_at(const Shown& shown) {
    ++lines;
    EXPECT_EQ(shown.line.message.author.find_first_of("\x1b\n\r"), std::string::npos);
    const auto life = lives_.find(shown.room);
    ASSERT_NE(life, lives_.end()) << "a line of a room that is not joined: " << shown.room.text;
    step_on(life->second, shown.line.number.value, shown.line.number.value);
    life->second.shown.insert(shown.line.number.value);
  }

  void look_at(const Missed& missed) {
    const auto life = lives_.find(missed.room);
    ASSERT_NE(life, lives_.end()) << "a gap of a room that is not joined: " << missed.room.text;
    if (!missed.new_log) step_on(life->second, missed.from.value, missed.to.value);
  }

  void look_at(const Kept& kept) {
    ++posts;
    answer(kept.post);
    const auto life = lives_.find(kept.room);
    // At the beginning of a log come answers of the former one.
    if (life == lives_.end() || !life->second.last || is_elsewhere_) return;
    const std::uint64_t number = kept.line.number.value;
    if (life->second.shown.contains(number)) {
      EXPECT_TRUE(kept.was_shown) << number << " is shown twice in " << kept.room.text;
    } else if (!kept.was_shown && number > *life->second.last) {
      step_on(life->second, number, number);
      life->second.shown.insert(number);
    }
  }

  void look_at(const PostRefused& refused) { answer(refused.post); }

  template <typename Other>
  void look_at(const Other& /*outcome*/) {}

  void step_on(Life& life, std::uint64_t from, std::uint64_t to) {
    EXPECT_LE(from, to);
    if (life.last) {
      EXPECT_EQ(from, *life.last + 1) << "each once, in order, and none left out";
    }
    life.last = to;
  }

  void answer(PostId post) {
    EXPECT_TRUE(answered_.insert(post).second) << "post " << post.value << " is answered twice";
  }

  std::map<chat::RoomName, Life> lives_;
  std::set<PostId> answered_;
  bool is_elsewhere_ = false;
};

TEST(SessionNonsense, LeavesASessionSoundWhateverAServerSays) {
  std::size_t events = 0;
  std::size_t lines = 0;
  std::size_t posts = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Wired world;
    Liar liar(seed, world);
    Viewer viewer;
    for (const char* room : {"lobby", "ops"}) world.session.join({room}, {}, world.now);
    world.open();
    world.settle();
    for (int i = 0; i < 200 && !world.session.is_over(); ++i, ++events) {
      world.now += std::chrono::milliseconds(100);
      world.session.on_deadline(world.now);
      if (liar.sometimes(4)) {
        const auto post = world.session.post({"lobby"}, {}, "text", world.now);
        if (post) liar.last_post = post->value;
      }
      if (liar.sometimes(8)) (void)world.session.who({"ops"}, world.now);
      if (liar.sometimes(40) || !world.session.has_link()) {
        if (liar.sometimes(4)) ++world.server.rooms["lobby"].log;
        world.open();
        world.settle();
      }
      // Sometimes it behaves: it reads what the session sent, and answers correctly.
      if (liar.sometimes(10)) {
        for (const char* room : {"lobby", "ops"}) world.session.join({room}, {}, world.now);
        world.server.say("ops", "kofi", "true");
        world.settle();
      }
      world.take();
      viewer.see(std::exchange(world.outcomes, {}));
      const proto::Event event = liar.next();
      std::string bytes = wire::encode_frame(event);
      if (liar.sometimes(400)) liar.damage(bytes);
      world.give(bytes);
      EXPECT_LE(world.session.waiting(), 60);
      world.take();
      viewer.see(std::exchange(world.outcomes, {}),
                 event.has_acknowledged() &&
                     event.acknowledged().room_id() != ModelServer::id_of(kLobby.text));
      if (HasFailure()) return;
    }
    lines += viewer.lines;
    posts += viewer.posts;
  }
  // A session that processes nothing would pass, so require a minimum.
  EXPECT_GT(events, 40'000);
  EXPECT_GT(lines, 5'000);
  EXPECT_GT(posts, 1'000);
  RecordProperty("lines", static_cast<int>(lines));
}

}  // namespace
}  // namespace palabre::client
