#include "base/result.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <memory>
#include <string>

#include "base/fail.h"

namespace palabre {
namespace {

struct Fault {
  int code = 0;
};

Result<int> number(bool is_there) {
  if (!is_there) return fail(EX_DATAERR, "{} of {} is missing.", 7, std::string("nine"));
  return 7;
}

Result<void> nothing(bool can) {
  if (!can) return fail(Error{EX_OSERR, "It cannot."});
  return {};
}

TEST(Result, FailWritesTheSentenceAndConvertsToAnyResult) {
  const auto none = number(false);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().exit_code, EX_DATAERR);
  EXPECT_EQ(none.error().sentence, "7 of nine is missing.");
  const Result<std::unique_ptr<int>> another = fail(EX_USAGE, "{{}} stays.");
  EXPECT_EQ(another.error().sentence, "{} stays.");
  const Result<int, Fault> fault = fail(Fault{3});
  EXPECT_EQ(fault.error().code, 3);
}

TEST(Result, TryDeclaresTheValueOrReturnsTheError) {
  const auto twice = [](bool is_there) -> Result<std::string> {
    TRY(const auto value, number(is_there));
    TRY(const int again, number(is_there));
    return std::to_string(value + again);
  };
  EXPECT_EQ(twice(true), "14");
  EXPECT_EQ(twice(false).error().sentence, "7 of nine is missing.");
}

TEST(Result, TryTakesWhatHasNoValue) {
  int reached = 0;
  const auto both = [&reached](bool can) -> Result<int> {
    TRY(nothing(true));
    TRY(nothing(can));
    TRY(number(true));
    ++reached;
    return 1;
  };
  EXPECT_EQ(both(true), 1);
  EXPECT_EQ(both(false).error().exit_code, EX_OSERR);
  EXPECT_EQ(reached, 1);
}

TEST(Result, TryEvaluatesOnceAndMovesTheValueOut) {
  int calls = 0;
  const auto make = [&calls](int value) -> Result<std::unique_ptr<int>> {
    ++calls;
    return std::make_unique<int>(value);
  };
  const auto use = [&make]() -> Result<int> {
    TRY(auto held, make(5));
    TRY(make(6));
    return *held;
  };
  EXPECT_EQ(use(), 5);
  EXPECT_EQ(calls, 2);
}

TEST(Result, TryTakesCommasInItsExpression) {
  const auto make = []() -> Result<std::pair<int, int>> { return std::pair<int, int>{1, 2}; };
  const auto use = [&make]() -> Result<int> {
    TRY(auto pair, true ? make() : Result<std::pair<int, int>>(std::pair<int, int>{3, 4}));
    TRY((Result<std::pair<int, int>>(pair)));
    return pair.second;
  };
  EXPECT_EQ(use(), 2);
}

TEST(Result, TryKeepsAnErrorOfAnotherKind) {
  const auto broken = []() -> Result<int, Fault> { return fail(Fault{9}); };
  const auto use = [&broken]() -> Result<void, Fault> {
    TRY(const auto value, broken());
    EXPECT_EQ(value, 0) << "not reached";
    return {};
  };
  EXPECT_EQ(use().error().code, 9);
}

}  // namespace
}  // namespace palabre
