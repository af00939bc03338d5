#include "wire/verbs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <string>

#include "chat/event.h"
#include "wire/text.h"

namespace palabre::wire {
namespace {

/// The verbs in the first cells of a chapter's tables: `/join ROOM`.
std::set<std::string> verbs_of_page(const std::string& file, const std::string& chapter) {
  std::set<std::string> found;
  std::ifstream page(PALABRE_SOURCE_DIR "/docs/" + file);
  EXPECT_TRUE(page) << file;
  bool is_in_chapter = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) is_in_chapter = line == "## " + chapter;
    if (!is_in_chapter || !line.starts_with("| `/")) continue;
    std::string cell = line.substr(0, line.find('|', 1));
    if (cell.starts_with("| `//")) continue;  // no verb: a text
    for (auto begin = cell.find('`'); begin != std::string::npos; begin = cell.find('`')) {
      const auto end = cell.find('`', begin + 1);
      found.insert(cell.substr(begin + 1, end - begin - 1));
      cell.erase(0, end + 1);
    }
  }
  return found;
}

std::set<std::string> usages(std::optional<VerbForm> VerbRow::*form) {
  std::set<std::string> all;
  for (const VerbRow& row : verbs()) {
    if (row.*form) all.insert(usage_of(row, *(row.*form)));
  }
  return all;
}

TEST(Verbs, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const VerbRow& row : verbs()) {
    EXPECT_TRUE(row.name.starts_with('/'));
    EXPECT_TRUE(std::all_of(row.name.begin() + 1, row.name.end(), [](unsigned char c) {
      return std::islower(c) != 0;
    })) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.plain || row.chat) << row.name;
    EXPECT_EQ(find_verb(row.name), &row);
  }
  EXPECT_EQ(find_verb("/joyn"), nullptr);
}

TEST(Verbs, SayWhatTheyNeed) {
  for (const VerbRow& row : verbs()) {
    for (const auto& form : {row.plain, row.chat}) {
      if (!form) continue;
      EXPECT_EQ(form->argument == Argument::kNone, form->usage.empty()) << row.name;
      EXPECT_EQ(is_needed(form->argument), !form->usage.empty() && form->usage.front() != '[')
          << row.name;
      EXPECT_FALSE(form->help.empty()) << row.name;
    }
  }
}

TEST(Verbs, StandInTheTableOfThePlainTextProtocol) {
  EXPECT_EQ(verbs_of_page("protocol.md", "What a guest sends"), usages(&VerbRow::plain));
}

TEST(Verbs, StandInTheTablesOfTheManual) {
  EXPECT_EQ(verbs_of_page("manual.md", "Join as a guest"), usages(&VerbRow::plain));
  EXPECT_EQ(verbs_of_page("manual.md", "Chat as a member"), usages(&VerbRow::chat));
}

TEST(Verbs, StandInTheHelpOfGuests) {
  const std::string help = encode_notice(chat::HelpText{});
  for (const std::string& usage : usages(&VerbRow::plain)) {
    EXPECT_EQ(help.find(usage) == std::string::npos, usage == "/help") << usage;
  }
}

TEST(Verbs, OfGuestsAreUnderstood) {
  for (const VerbRow& row : verbs()) {
    const auto requests = parse_requests(row.name);
    ASSERT_EQ(requests.size(), 1U);
    const auto* const mistake = std::get_if<chat::NotUnderstood>(&requests[0]);
    const bool is_unknown =
        mistake != nullptr && std::holds_alternative<chat::UnknownCommand>(mistake->refusal);
    EXPECT_EQ(is_unknown, !row.plain) << row.name;
  }
}

}  // namespace
}  // namespace palabre::wire
