#include "server/registry_log.h"

#include <gtest/gtest.h>

#include <variant>

#include "chat/memory_history.h"

namespace palabre::server {
namespace {

TEST(RegistryLog, AnswersForARecordWhoseLineIsReadAsAnother) {
  chat::MemoryHistory history{[] { return 1U; }};
  RegistryLog log(history);
  log.start(0);
  const chat::Record record = chat::Decision{chat::Kick{chat::MemberKey{}}, {}, {}, "a blank "};
  log.keep({record});
  const auto refused = log.take_refused();
  ASSERT_EQ(refused.size(), 1U);
  const auto& answer = std::get<chat::RecordNotKept>(refused[0]);
  EXPECT_EQ(answer.record, record);
  EXPECT_EQ(answer.trouble, chat::Trouble::kNotReadBack);
  EXPECT_TRUE(history.take_events().empty());
}

}  // namespace
}  // namespace palabre::server
