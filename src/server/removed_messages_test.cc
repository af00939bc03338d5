#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "drivers/members_driver.h"

// Messages that are removed while they are read: no reader is given the text after it was told.

namespace palabre::server {
namespace {

using proto::Event;
using Told = std::vector<std::string>;

/// `11 text`, `11 removed`, `-11-12` a removal of 11 and 12, `=11` the answer to an own post.
Told in_short(const std::vector<Event>& events) {
  Told told;
  const auto line = [](const proto::Message& message) {
    return fmt::format("{} {}", message.number(),
                       message.kind() == proto::REMOVED ? "removed" : message.text());
  };
  for (const Event& event : events) {
    if (event.has_message()) told.push_back(line(event.message()));
    if (event.has_acknowledged()) told.push_back(fmt::format("={}", event.acknowledged().number()));
    if (event.has_past()) {
      std::string page = "page:";
      for (const auto& message : event.past().messages()) page += " " + line(message);
      told.push_back(page);
    }
    for (const auto& range : event.removed().removed()) {
      told.push_back(
          fmt::format("-{}-{}{}", range.from(), range.to(), event.removed().reread() ? "?" : ""));
    }
  }
  return told;
}

/// Guests from 10.0.0.0/8 are on the LAN.
void admit_guests(MemberWorld& world) {
  world.gate.set_links({{1, false, *Network::parse("10.0.0.0/8")}});
}

class RemovedMessages : public testing::Test {
 protected:
  MemberLink& come(std::uint8_t member, const std::string& nick, std::uint32_t last = 0) {
    MemberLink& link = world().come(member, nick);
    world().hear(link, join("lobby", last));
    world().told(link);
    return link;
  }
  void say(MemberLink& link, const std::string& text) {
    world().hear(link, post("lobby", fmt::format("id-{}", ++ids_), text));
  }
  void remove(const std::vector<chat::Number>& numbers) {
    world().history.remove("lobby", numbers);
    world().settle();
  }
  Told told(MemberLink& link) { return in_short(world().told(link)); }
  void guest_says(std::uint16_t port, const std::string& text) {
    world().guests.claim({link::path(port), 1, text}, world().now);
    world().settle();
  }
  std::string guest_was_told(std::uint16_t port) {
    std::string all;
    for (const std::string& datagram : world().socket.received[port]) all += datagram;
    world().socket.received[port].clear();
    return all;
  }

  MemberWorld& world() {
    if (!world_) {
      world_ = std::make_unique<MemberWorld>(FramesDoor::Pace{}, sizes);
      admit_guests(*world_);
    }
    return *world_;
  }
  MemberFeed::Sizes sizes = {};

 private:
  std::unique_ptr<MemberWorld> world_;
  std::uint64_t ids_ = 0;
};

TEST_F(RemovedMessages, AreToldOnceToEveryReaderAfterTheirTexts) {
  MemberLink& ana = come(1, "ana");
  MemberLink& ben = come(2, "ben");
  say(ana, "one");
  say(ana, "two");
  remove({{1}, {2}});
  say(ana, "three");
  EXPECT_EQ(told(ben), (Told{"1 one", "2 two", "-1-2", "3 three"}));
  EXPECT_EQ(told(ana), (Told{"=1", "=2", "-1-2", "=3"}));
}

TEST_F(RemovedMessages, ComeAsTombstonesToThoseWhoReadLater) {
  MemberLink& ana = come(1, "ana");
  say(ana, "one");
  say(ana, "two");
  remove({{1}});
  MemberLink& cleo = world().come(3, "cleo");
  world().hear(cleo, join("lobby", 10));
  world().hear(cleo, read_past("lobby", 0, 10));
  EXPECT_EQ(told(cleo), (Told{"1 removed", "2 two", "page: 1 removed 2 two"}));
}

TEST_F(RemovedMessages, AreNotGivenToAReaderWhoseLinkHadNoRoomForThem) {
  MemberLink& ana = come(1, "ana");
  MemberLink& ben = come(2, "ben");
  world().set_window(ben, 0);
  say(ana, "one");
  say(ana, "two");
  remove({{1}});
  remove({{2}});
  world().set_window(ben, std::size_t{64} << 10);
  EXPECT_EQ(told(ben), (Told{"-1-2", "1 removed", "2 removed"})) << "one event for both";
}

TEST_F(RemovedMessages, AreToldToAReaderWhoJoinsAgainBeforeItsLinkHasRoom) {
  MemberLink& ana = come(1, "ana");
  MemberLink& ben = come(2, "ben");
  say(ana, "one");
  EXPECT_EQ(told(ben), Told{"1 one"});
  world().set_window(ben, 0);
  remove({{1}});
  world().hear(ben, join("lobby", 0));
  world().set_window(ben, std::size_t{64} << 10);
  EXPECT_EQ(told(ben), Told{"-1-1"});
}

TEST_F(RemovedMessages, GoFromAPageThatWaitsForRoom) {
  MemberLink& ana = come(1, "ana");
  MemberLink& ben = come(2, "ben");
  say(ana, "one");
  say(ana, "two");
  told(ben);
  world().history.holds_slices = true;
  world().hear(ben, read_past("lobby", 0, 10));
  world().set_window(ben, 0);
  world().history.holds_slices = false;
  world().settle();  // the page is at the door, and does not fit the link
  remove({{1}});
  world().set_window(ben, std::size_t{64} << 10);
  EXPECT_EQ(told(ben), (Told{"page: 1 removed 2 two", "-1-1"}));
}

TEST_F(RemovedMessages, GoFromAnAuthorsEchoBeforeItIsAnswered) {
  MemberLink& ana = come(1, "ana");
  world().history.holds_verdicts = true;
  say(ana, "one");
  world().set_window(ana, 0);
  world().history.holds_verdicts = false;
  world().settle();  // kept, and the answer does not fit the link
  remove({{1}});
  world().set_window(ana, std::size_t{64} << 10);
  EXPECT_EQ(told(ana), (Told{"-1-1", "1 removed", "=1"}))
      << "the tombstone comes before the answer, which would show the text";
}

TEST_F(RemovedMessages, AreToldInOneEventHoweverMany) {
  MemberLink& ana = come(1, "ana");
  MemberLink& ben = come(2, "ben");
  for (int i = 0; i < 600; ++i) say(ana, "x");
  told(ben);
  std::vector<chat::Number> odd;
  for (std::uint64_t number = 1; number <= 600; number += 2) odd.push_back({number});
  remove(odd);
  EXPECT_EQ(told(ben), Told{"-1-599?"}) << "which are meant is to be read again";
}

TEST_F(RemovedMessages, AreToldToGuestsInOneLine) {
  MemberLink& ana = come(1, "ana");
  guest_says(40700, "hello");
  say(ana, "secret one");
  say(ana, "two");
  say(ana, "three");
  guest_was_told(40700);
  remove({{2}});
  EXPECT_EQ(guest_was_told(40700), "-- Message #2 was removed.\n");
  remove({{2}, {3}});
  EXPECT_EQ(guest_was_told(40700), "-- Messages #2 to #3 were removed.\n");
  remove({{1}, {4}});
  EXPECT_EQ(guest_was_told(40700), "-- 2 messages from #1 to #4 were removed.\n");
  guest_says(40700, "/from 1");
  EXPECT_EQ(guest_was_told(40700),
            "-- Here is #1 to #4:\n#1 -- This message was removed.\n#2 -- This message was "
            "removed.\n#3 -- This message was removed.\n#4 -- This message was removed.\n");
}

TEST_F(RemovedMessages, AreNotSentToAGuestTheSocketHadNoRoomFor) {
  MemberLink& ana = come(1, "ana");
  guest_says(40700, "hello");
  guest_says(40701, "hello");
  guest_was_told(40700);
  world().socket.room = 0;
  say(ana, "secret");
  guest_says(40700, "/join tea");  // what is due to it in the lobby waits as datagrams
  remove({{3}});
  world().socket.room = 1000;
  world().settle();
  world().guests.on_writable(world().now);
  for (const std::uint16_t port : std::vector<std::uint16_t>{40700, 40701}) {
    const std::string all = guest_was_told(port);
    EXPECT_EQ(all.find("secret"), std::string::npos) << all;
  }
}

/// Everybody reads as it likes; links and the socket have room now and then.
class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), world_({}, sizes()) {
    admit_guests(world_);
    for (std::uint8_t i = 1; i <= 4; ++i) {
      members_.push_back(&world_.come(i, fmt::format("m{}", i)));
      world_.hear(*members_.back(), join("lobby", 0));
    }
    for (std::uint16_t port = 40700; port < 40703; ++port) guest_says(port, "hello");
  }

  void step() {
    MemberLink& link = *members_[random_() % members_.size()];
    const auto port = static_cast<std::uint16_t>(40700 + random_() % 3);
    switch (random_() % 12) {
      case 0:
      case 1:
      case 2: {
        const std::string text = fmt::format("secret-{}-{}", ++posts_, std::string(200, 'x'));
        world_.hear(link, post("lobby", fmt::format("p{}", posts_), text));
        break;
      }
      case 3:
        remove();
        break;
      case 4:
        world_.hear(link, read_past("lobby", random_() % (posts_ + 4), 1 + random_() % 20));
        break;
      case 5:
        world_.hear(link, random_() % 2 == 0 ? leave("lobby") : join("lobby", random_() % 30));
        break;
      case 6:
        world_.set_window(link, link.waiting() + random_() % 3 * 800);
        break;
      case 7:
        world_.take(link, random_() % 5000);
        break;
      case 8:
        world_.socket.room = random_() % 3 == 0 ? 0 : random_() % 20;
        break;
      case 9:
        guest_says(port, random_() % 2 == 0   ? fmt::format("/from {}", 1 + random_() % 40)
                         : random_() % 2 == 0 ? "/join tea"
                                              : "/join lobby");
        break;
      case 10:
        world_.history.holds_slices = random_() % 2 == 0;
        break;
      default:
        world_.pass(std::chrono::milliseconds(60));
        if (world_.socket.room > 0) world_.guests.on_writable(world_.now);
    }
    look();
  }

  /// Lets everybody read to the end, and looks at all that members were handed.
  void finish() {
    world_.history.holds_slices = false;
    world_.socket.room = 100'000;
    for (int i = 0; i < 200; ++i) {
      for (MemberLink* const link : members_) {
        world_.set_window(*link, std::size_t{64} << 10);
        world_.told(*link);
      }
      world_.pass(std::chrono::milliseconds(60));
      world_.guests.on_writable(world_.now);
      look();
    }
    for (MemberLink* const link : members_) {
      for (std::size_t at = 0; (at = link->received.find("secret-", at)) != std::string::npos;
           ++at) {
        ++texts_seen_;
      }
    }
    for (const Promise& promise : promises_) {
      EXPECT_EQ(promise.link->received.find(promise.text, promise.from), std::string::npos)
          << promise.text;
    }
  }

  std::size_t removed() const { return removed_.size(); }
  std::size_t texts_seen() const { return texts_seen_; }

 private:
  static MemberFeed::Sizes sizes() {
    return {.tail_bytes = 1000, .chunk_bytes = 500, .slice_bytes = 600};
  }
  void guest_says(std::uint16_t port, const std::string& text) {
    world_.guests.claim({link::path(port), 1, text}, world_.now);
    world_.settle();
  }
  void remove() {
    const auto& book = world_.history.book("lobby");
    std::set<chat::Number> chosen;
    for (std::uint64_t i = random_() % 4; i > 0 && !book.empty(); --i) {
      chosen.insert({1 + random_() % book.size()});
    }
    if (chosen.empty()) return;
    look();
    for (const chat::Number number : chosen) {
      const std::string& text = book[number.value - 1].message->text;
      if (!text.starts_with("secret-")) continue;
      const std::string secret = text.substr(0, text.find('-', 7) + 1);
      removed_.insert(secret);
      for (MemberLink* const link : members_) promises_.push_back({link, link->sent(), secret});
    }
    world_.history.remove("lobby", {chosen.begin(), chosen.end()});
    world_.settle();
  }

  /// Checks that no datagram to a guest has a removed text.
  void look() {
    for (auto& [port, datagrams] : world_.socket.received) {
      for (const std::string& datagram : datagrams) {
        if (datagram.find("secret-") != std::string::npos) ++texts_seen_;
        for (const std::string& secret : removed_) {
          EXPECT_EQ(datagram.find(secret), std::string::npos) << secret;
        }
      }
      datagrams.clear();
    }
  }

  /// Bytes handed to this link after its first `from` have no such text.
  struct Promise {
    MemberLink* link;
    std::size_t from;
    std::string text;
  };

  std::mt19937_64 random_;
  MemberWorld world_;
  std::vector<MemberLink*> members_;
  std::vector<Promise> promises_;
  std::set<std::string> removed_;
  std::uint64_t posts_ = 0;
  std::size_t texts_seen_ = 0;
};

TEST(RemovedMessagesProperty, NobodyIsHandedATextAfterItsRemoval) {
  std::size_t removed = 0;
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chaos chaos(seed);
    for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) chaos.step();
    chaos.finish();
    removed += chaos.removed();
    seen += chaos.texts_seen();
  }
  EXPECT_GT(removed, 300U);
  EXPECT_GT(seen, 1500U);
}

}  // namespace
}  // namespace palabre::server
