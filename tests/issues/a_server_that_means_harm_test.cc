#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "base/number.h"
#include "client/cursor_file.h"
#include "client/peer_names.h"
#include "drivers/hostile_server_driver.h"
#include "drivers/model_server_driver.h"

// A server is a stranger. A name from it is parsed as one, or left aside. None of its events makes
// the client grow. It does not touch the cursors of other servers.

namespace palabre::client {
namespace {

const std::string kLong(60'000, 'n');

std::uint64_t streams() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets any
  const char* const said = std::getenv("PALABRE_TRIES");
  return said == nullptr ? 10'000 : parse_number<std::uint64_t>(said).value();
}

proto::Event put_into(const std::string& room, std::uint64_t id) {
  proto::Event event;
  event.mutable_joined()->set_room_id(id);
  event.mutable_joined()->set_room(room);
  event.mutable_joined()->set_log(5);
  return event;
}

TEST(AServerThatMeansHarm, NamesPeopleAsPeopleAreNamedOrNotAtAll) {
  for (const char* name :
       {"awa", "awa*", "Équipe-2", "[192.0.2.1:4711]", "[[fe80::1%eth0]:5000]"}) {
    EXPECT_EQ(author_of(name), name);
  }
  for (const std::string& name :
       {std::string(), kLong, std::string("a b"), std::string("a\nb"), std::string("*"),
        std::string("awa**"), std::string("[a b]"), std::string("[]"), std::string("[#2 ana:]"),
        std::string("\u202Eawa"), std::string("?")}) {
    EXPECT_EQ(author_of(name), std::nullopt) << name.substr(0, 20);
  }
  EXPECT_EQ(room_of("#Ops")->text, "ops");
  EXPECT_EQ(room_of("@Bob")->text, "@Bob");
  for (const std::string& name : {kLong, "@" + kLong, std::string("@"), std::string("a b"),
                                  std::string("@a b"), std::string(".registry")}) {
    EXPECT_EQ(room_of(name), std::nullopt) << name.substr(0, 20);
  }
}

TEST(AServerThatMeansHarm, ShowsAMessageWhoseAuthorIsNobody) {
  InLobby world;
  world.server.say("lobby", "11:31 #2 ana: yes\n--", "text");
  world.settle();
  const auto shown = world.all<Shown>();
  ASSERT_EQ(shown.size(), 1) << "its number is taken all the same";
  EXPECT_EQ(shown[0].line.message.author, kNoName);
}

TEST(AServerThatMeansHarm, PutsNobodyIntoRoomsThatAreNone) {
  InLobby world;
  for (const std::string& room : {kLong, "@" + kLong, std::string("ops"), std::string("@a b")}) {
    world.give(put_into(room, 7));
    EXPECT_TRUE(world.all<Joined>().empty()) << room.substr(0, 20);
  }
  for (int i = 0; i < 1000; ++i) world.give(put_into("@n" + std::to_string(i), 1000 + i));
  EXPECT_EQ(world.all<Joined>().size(), Session::kMostPutInto);
  EXPECT_EQ(world.session.cursors().size(), Session::kMostPutInto + 1);
  EXPECT_FALSE(world.session.is_over()) << "it may be a later version";
}

TEST(AServerThatMeansHarm, GivesARoomNoNameThatIsNone) {
  Wired world;
  world.session.join({"ops"}, {}, world.now);
  world.open();
  world.to_server();
  world.link().say();
  world.link().carry_to_client(ModelLink::kAll, world.now);
  for (const std::string& name : {kLong, std::string("@bob"), std::string("a b")}) {
    world.to_server();
    proto::Event event = put_into(name, 7);
    event.set_tag(world.peer().commands.back().tag());
    world.peer().out.clear();
    world.give(event);
    const auto joined = world.all<Joined>();
    ASSERT_LE(joined.size(), 1);
    for (const auto& one : joined) EXPECT_EQ(one.room.text, "ops");
    world.open();
    world.settle();
  }
}

TEST(AServerThatMeansHarm, NamesNobodyWithoutEnd) {
  InLobby world;
  ASSERT_TRUE(world.session.who(kLobby, world.now));
  world.to_server();
  proto::Event event;
  event.set_tag(world.peer().commands.back().tag());
  event.mutable_present()->set_count(3000);
  event.mutable_present()->add_people()->set_name("a\nb");
  for (int i = 0; i < 2000; ++i) {
    event.mutable_present()->add_people()->set_name("n" + std::to_string(i));
  }
  event.mutable_present()->mutable_people(1)->set_away(std::string(10'000, 'z'));
  world.give(event);
  const auto present = world.all<PresentNow>().at(0);
  EXPECT_EQ(present.count, 3000);
  EXPECT_EQ(present.people.size(), Session::kMostPeople);
  EXPECT_EQ(present.people.at(0).name, "n0");
  EXPECT_LE(present.people.at(0).away.size(), Session::kMostNoteBytes + 4);
}

TEST(AServerThatMeansHarm, EndsInWordsWhereItGivesNoNickname) {
  InLobby world;
  proto::Event event;
  event.mutable_nick_taken()->set_nick("a b");
  world.give(event);
  EXPECT_EQ(world.all<Ended>().at(0).why, Ended::Why::kNonsense);
}

TEST(AServerThatMeansHarm, FillsNoPageThatWasNotAskedFor) {
  InLobby world;
  ASSERT_TRUE(world.session.read(kLobby, {10}, 5, world.now));
  world.to_server();
  proto::Event event;
  event.set_tag(world.peer().commands.back().tag());
  for (const std::uint64_t number : {3, 11, 11, 13, 12, 14, 15, 16, 17}) {
    event.mutable_past()->add_messages()->set_number(number);
  }
  event.mutable_past()->set_up_to(17);
  world.give(event);
  const auto page = world.all<Page>().at(0);
  std::vector<std::uint64_t> numbers;
  for (const Line& line : page.lines) numbers.push_back(line.number.value);
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{11, 13, 14, 15, 16}));
  EXPECT_EQ(page.up_to, chat::Number{16}) << "what comes after is asked for again";
}

TEST(AServerThatMeansHarm, LeavesNoQuestionOpenByAnsweringAnother) {
  InLobby world;
  const auto page = world.session.read(kLobby, {0}, 5, world.now);
  ASSERT_TRUE(page);
  world.to_server();
  proto::Event event;
  event.set_tag(world.peer().commands.back().tag());
  event.mutable_present();
  world.give(event);
  EXPECT_EQ(world.all<QuestionRefused>().at(0).question, *page);
}

TEST(AServerThatMeansHarm, KeepsNoAnswersBackWithoutEnd) {
  Reading reading;
  reading.begin({{1}, {0}}, false);
  std::size_t answers = 0;
  for (std::uint64_t post = 1; post <= 3 * Reading::kMostEarly; ++post) {
    const Line line{{1'000'000 + 2 * post}, {chat::Kind::kText, "awa", "x"}, {}};
    reading.add_own({PostId{post}, line, true}, false);
    reading.add_own({PostId{post}, line, true}, false);  // two posts of one number
    for (const auto& item : reading.take_items())
      answers += std::holds_alternative<Reading::Own>(item);
  }
  EXPECT_GE(answers, 5 * Reading::kMostEarly);
}

TEST(AServerThatMeansHarm, SpeaksNoSentenceWithoutEnd) {
  InLobby world;
  proto::Event event;
  event.mutable_goodbye()->set_why(proto::Goodbye::KICKED);
  event.mutable_goodbye()->set_words(std::string(50'000, 'x'));
  world.give(event);
  EXPECT_LE(world.all<Ended>().at(0).words.size(), 1010);
}

TEST(AServerThatMeansHarm, MakesNothingGrowAndTouchesNothingOfOthers) {
  const std::uint64_t most = streams();
  std::mt19937_64 random(most);
  ChatUnderAttack attack([&] { return random(); },
                         [](bool holds, const std::string& words) {
                           if (!holds) ADD_FAILURE() << words;
                         });
  auto* const log = google::protobuf::SetLogHandler(nullptr);
  std::size_t settled = 0;
  while (attack.streams < most && !HasFailure()) {
    attack.stream();
    if (attack.streams == most / 4) settled = ::mallinfo2().uordblks;
  }
  google::protobuf::SetLogHandler(log);
  EXPECT_LT(::mallinfo2().uordblks, settled + (std::size_t{8} << 20));
  EXPECT_GT(attack.lines, most / 2) << "little is taken in";
  RecordProperty("streams", std::to_string(attack.streams));
  std::printf("%llu streams, %llu chats, %llu lines, %llu remembered at most\n",
              static_cast<unsigned long long>(attack.streams),
              static_cast<unsigned long long>(attack.chats),
              static_cast<unsigned long long>(attack.lines),
              static_cast<unsigned long long>(attack.most_remembered));
}

}  // namespace
}  // namespace palabre::client
