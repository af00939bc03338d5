#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "drivers/model_server_driver.h"

// A server that says anything at all: events in any order with any numbers in them, and bytes that
// are none. The session may end over it, in words; whatever it shows stays in order.

namespace palabre::client {
namespace {

class Liar {
 public:
  explicit Liar(std::uint64_t seed) : random_(seed) {}

  proto::Event next() {
    proto::Event event;
    event.set_tag(number());
    switch (random_() % 16) {
      case 0:
        event.mutable_joined()->set_room(room());
        event.mutable_joined()->set_room_id(number());
        event.mutable_joined()->set_log(number() % 3);
        event.mutable_joined()->set_end(number());
        break;
      case 1:
      case 2:
      case 3:
        event.mutable_message()->set_room_id(number());
        event.mutable_message()->set_number(number());
        event.mutable_message()->set_author(text());
        event.mutable_message()->set_text(text());
        event.mutable_message()->set_kept_at(static_cast<std::int64_t>(number()));
        break;
      case 4:
      case 5:
        event.mutable_acknowledged()->set_room_id(number());
        event.mutable_acknowledged()->set_number(number());
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
        event.mutable_gap()->set_room_id(number());
        event.mutable_gap()->set_from(number());
        event.mutable_gap()->set_to(number());
        event.mutable_gap()->set_why(static_cast<proto::Gap::Why>(random_() % 6));
        break;
      case 9:
        event.mutable_left()->set_room_id(number());
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
        event.mutable_nick_taken()->set_nick(text());
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
  std::string room() { return random_() % 2 == 0 ? "lobby" : random_() % 2 == 0 ? "ops" : text(); }
  std::string id() { return fmt::format("{:016x}.{}", 1, number()); }
  std::string text() {
    std::string text;
    for (std::uint64_t i = random_() % 6; i > 0; --i) text += static_cast<char>(random_());
    // What protobuf takes for a string is UTF-8.
    for (char& c : text) c = static_cast<char>(c & 0x7F);
    return text;
  }

  std::mt19937_64 random_;
};

TEST(SessionNonsense, LeavesASessionSoundWhateverAServerSays) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Liar liar(seed);
    Wired world;
    for (const char* room : {"lobby", "ops"}) world.session.join({room}, {}, world.now);
    world.open();
    world.settle();
    std::map<std::string, std::uint64_t> last;
    for (int i = 0; i < 200 && !world.session.is_over(); ++i) {
      world.now += std::chrono::milliseconds(100);
      world.session.on_deadline(world.now);
      if (liar.sometimes(4)) (void)world.session.post({"lobby"}, {}, "text", world.now);
      if (liar.sometimes(8)) (void)world.session.who({"ops"}, world.now);
      if (liar.sometimes(40) || !world.session.has_link()) {
        world.open();
        world.settle();
      }
      std::string bytes = wire::encode_frame(liar.next());
      if (liar.sometimes(200)) liar.damage(bytes);
      world.session.on_bytes(world.link(), bytes, world.now);
      EXPECT_LE(world.session.waiting(), 60);
    }
    for (const Shown& shown : world.all<Shown>()) {
      const std::string& text = shown.line.message.author;
      EXPECT_EQ(text.find_first_of("\x1b\n\r"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace palabre::client
