#include "client/reading.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace palabre::client {
namespace {

constexpr chat::LogId kLog{7};

Line line(std::uint64_t number, const std::string& text = "x") {
  return {chat::Number{number}, {chat::Kind::kText, "awa", text}, {}};
}

Reading::Own own(std::uint64_t number, std::uint64_t post) {
  return {PostId{post}, line(number, "mine"), true};
}

/// The items taken, in short: `3` a message, `4=1` our first post, `5-6?` missing, `4=1!` shown
/// before.
std::vector<std::string> shown(Reading& reading) {
  std::vector<std::string> all;
  for (const auto& item : reading.take_items()) {
    if (const auto* const one = std::get_if<Line>(&item)) {
      all.push_back(fmt::format("{}", one->number.value));
    } else if (const auto* const mine = std::get_if<Reading::Own>(&item)) {
      all.push_back(fmt::format("{}={}{}", mine->line.number.value, mine->post.value,
                                mine->was_shown ? "!" : ""));
    } else if (const auto* const hole = std::get_if<Reading::Hole>(&item)) {
      all.push_back(hole->new_log ? "new"
                                  : fmt::format("{}-{}?", hole->from.value, hole->to.value));
    }
  }
  return all;
}

using Texts = std::vector<std::string>;

Reading begun(std::uint64_t after) {
  Reading reading;
  reading.begin({kLog, {after}}, false);
  return reading;
}

TEST(Reading, ShowsEachNumberOnceHoweverOftenItComes) {
  Reading reading = begun(2);
  for (const std::uint64_t number : {2, 3, 3, 4, 2, 4, 5}) reading.add(line(number));
  EXPECT_EQ(shown(reading), (Texts{"3", "4", "5"}));
  EXPECT_EQ(reading.cursor(), (chat::Cursor{kLog, {5}}));
}

chat::NumberRanges removed(std::uint64_t from, std::uint64_t to) {
  chat::NumberRanges numbers;
  numbers.add({{from}, {to}});
  return numbers;
}

/// The texts of the items taken; a removed message has none.
Texts texts(Reading& reading) {
  Texts all;
  for (const auto& item : reading.take_items()) {
    const auto* const own = std::get_if<Reading::Own>(&item);
    const auto& line = own != nullptr ? own->line : std::get<Line>(item);
    all.push_back(line.message.kind == chat::Kind::kRemoved ? "" : line.message.text);
  }
  return all;
}

TEST(Reading, TakesTheTextsFromLinesHeldBackThatAreRemoved) {
  Reading reading = begun(0);
  reading.hold(true);
  reading.add(line(1, "a"));
  reading.add(line(2, "b"));
  reading.add_own(own(3, 1), true);
  reading.add_own(own(5, 2), false);
  EXPECT_TRUE(reading.redact(removed(2, 5)));
  reading.hold(false);
  EXPECT_EQ(texts(reading), (Texts{"a", "", ""}));
  reading.add(line(4, "d"));
  EXPECT_EQ(texts(reading), (Texts{"d", ""})) << "an answer that came early";
}

TEST(Reading, CountsATombstoneAsANumberAndTakesAnOwnPostsTextByIt) {
  const Line tombstone{{2}, chat::removed_message(), {}};
  Reading reading = begun(0);
  reading.add(line(1, "a"));
  reading.add(tombstone);
  reading.add_own(own(2, 1), true);  // the answer comes after it
  EXPECT_EQ(texts(reading), (Texts{"a", ""}));
  EXPECT_EQ(reading.cursor().number.value, 2U);
  Reading resumed = begun(0);
  resumed.add_own(own(2, 1), false);  // the answer was on an earlier link
  resumed.add(line(1, "a"));
  EXPECT_EQ(texts(resumed), (Texts{"a", "mine"}));
  EXPECT_TRUE(resumed.has(tombstone.number)) << "so its tombstone is told apart";
}

TEST(Reading, ReadsAgainWhereItIsNotSaidWhichLinesAreRemoved) {
  Reading reading = begun(0);
  reading.hold(true);
  reading.add(line(1, "a"));
  chat::NumberRanges numbers = removed(1, 5);
  numbers.make_inexact();
  EXPECT_FALSE(reading.redact(numbers));
  reading.interrupt();
  EXPECT_TRUE(reading.redact(numbers)) << "nothing is held back any more";
}

TEST(Reading, TellsOfNumbersThatDoNotCome) {
  Reading reading = begun(2);
  reading.add(line(5));
  reading.add_hole({{4}, {8}, false, "expired"});
  reading.add(line(9));
  EXPECT_EQ(shown(reading), (Texts{"3-4?", "5", "6-8?", "9"}));
}

TEST(Reading, MissesNothingBeforeTheFirstOfTheLastSoMany) {
  Reading reading;
  reading.begin({kLog, {80}}, true);
  reading.add(line(90));
  reading.add(line(92));
  EXPECT_EQ(shown(reading), (Texts{"90", "91-91?", "92"}));
}

TEST(Reading, TakesAnAnswerForTheMessageInItsPlace) {
  Reading reading = begun(0);
  reading.add(line(1));
  reading.add_own(own(2, 1), true);
  reading.add(line(3));
  EXPECT_EQ(shown(reading), (Texts{"1", "2=1", "3"}));
}

TEST(Reading, RecognisesOnesOwnMessageInTheReplay) {
  Reading reading = begun(0);
  reading.hold(true);
  for (const std::uint64_t number : {1, 2, 3}) reading.add(line(number));
  EXPECT_EQ(shown(reading), Texts{});
  reading.add_own(own(2, 1), false);
  reading.hold(false);
  EXPECT_EQ(shown(reading), (Texts{"1", "2=1", "3"}));
}

TEST(Reading, KeepsAnAnswerThatComesBeforeItsMessage) {
  Reading reading = begun(0);
  reading.add_own(own(2, 1), false);
  reading.add_own(own(3, 2), false);
  EXPECT_EQ(shown(reading), Texts{});
  reading.add(line(1));
  EXPECT_EQ(shown(reading), (Texts{"1", "2=1", "3=2"}));
  reading.add(line(2));
  reading.add(line(4));
  EXPECT_EQ(shown(reading), (Texts{"4"}));
}

TEST(Reading, SaysThatAMessageWasShownWhereItsAnswerComesTooLate) {
  Reading reading = begun(0);
  reading.add(line(1));
  EXPECT_EQ(shown(reading), (Texts{"1"}));
  reading.add_own(own(1, 1), false);
  EXPECT_EQ(shown(reading), (Texts{"1=1!"}));
}

TEST(Reading, ShowsAnAnswerWhoseMessageIsAmongTheMissing) {
  Reading reading = begun(0);
  reading.add_hole({{1}, {9}, false, "not kept"});
  EXPECT_EQ(shown(reading), (Texts{"1-9?"}));
  reading.add_own(own(4, 1), false);
  EXPECT_EQ(shown(reading), (Texts{"4=1"}));
}

TEST(Reading, GoesOnAfterWhatWasTakenOnceTheLinkIsBack) {
  Reading reading = begun(0);
  reading.add(line(1));
  EXPECT_EQ(shown(reading), (Texts{"1"}));
  reading.hold(true);
  reading.add(line(2));
  reading.add_own(own(3, 1), true);
  reading.add(line(4));
  reading.interrupt();
  EXPECT_EQ(reading.cursor().number, chat::Number{1});
  reading.begin({kLog, {0}}, false);
  reading.hold(false);
  EXPECT_EQ(shown(reading), Texts{});
  for (const std::uint64_t number : {2, 3, 4}) reading.add(line(number));
  EXPECT_EQ(shown(reading), (Texts{"2", "3=1", "4"})) << "its answer is not forgotten";
}

TEST(Reading, ForgetsAHoleThatWasNotShownOnceTheLinkIsBack) {
  Reading reading = begun(0);
  reading.hold(true);
  reading.add(line(1));
  reading.add_hole({{2}, {4}, false, "cannot be read now"});
  reading.interrupt();
  reading.begin({kLog, {0}}, false);
  reading.hold(false);
  for (const std::uint64_t number : {1, 2, 3}) reading.add(line(number));
  EXPECT_EQ(shown(reading), (Texts{"1", "2", "3"}));
  reading.add_own(own(3, 1), false);
  EXPECT_EQ(shown(reading), (Texts{"3=1!"})) << "it was shown as a message";
}

TEST(Reading, HoldsBackNoWordsOfHolesWithoutEnd) {
  Reading reading = begun(0);
  reading.hold(true);
  for (std::uint64_t number = 1; number <= 100; ++number) {
    reading.add_hole({{number}, {number}, false, std::string(Reading::kMostHeldBytes / 50, 'w')});
    reading.interrupt();
    reading.add_hole({{}, {}, true, std::string(Reading::kMostHeldBytes / 50, 'w')});
  }
  EXPECT_GT(shown(reading).size(), 0);
}

TEST(Reading, BeginsAnewWithAnotherLog) {
  Reading reading = begun(40);
  reading.add(line(41));
  reading.add_own(own(43, 1), false);
  EXPECT_EQ(shown(reading), (Texts{"41"}));
  reading.begin({chat::LogId{8}, {0}}, true);
  reading.add_hole({{}, {}, true, "new"});
  reading.add(line(1));
  EXPECT_EQ(shown(reading), (Texts{"43=1", "new", "1"}));
}

TEST(Reading, HoldsBackNoMoreThanItsLimit) {
  Reading reading = begun(0);
  reading.hold(true);
  for (std::uint64_t number = 1; number <= Reading::kMostHeldLines; ++number) {
    reading.add(line(number));
  }
  EXPECT_EQ(shown(reading), Texts{});
  reading.add(line(Reading::kMostHeldLines + 1));
  EXPECT_EQ(shown(reading).size(), Reading::kMostHeldLines + 1);

  reading.add(line(Reading::kMostHeldLines + 2, std::string(Reading::kMostHeldBytes, 'x')));
  EXPECT_EQ(shown(reading).size(), 1);
}

}  // namespace
}  // namespace palabre::client
