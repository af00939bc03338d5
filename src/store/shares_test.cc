#include "store/shares.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "drivers/store_driver.h"
#include "store/database.h"
#include "store/schema.h"

namespace palabre::store {
namespace {

/// The steps of SQLite's plan for the statement.
std::string plan_of(Database& database, const std::string& sql) {
  auto plan = database.prepare(("EXPLAIN QUERY PLAN " + sql).c_str());
  if (!plan) return plan.error().text;
  std::string steps;
  while (plan->step().value_or(false)) steps.append(plan->text(3)).append("; ");
  return steps;
}

TEST(Shares, FindTheHeaviestWithoutSortingAll) {
  const TestFolder folder;
  std::ofstream(folder.store()).close();
  auto database = Database::open(folder.store(), Database::Mode::kWrite, "");
  ASSERT_TRUE(database);
  ASSERT_TRUE(make_tables(*database, "the store"));
  EXPECT_EQ(plan_of(*database, Shares::heaviest_sql(Shares::Measure::kBytes)),
            "SEARCH share USING INDEX share_by_bytes (room=? AND kind=?); ");
  EXPECT_EQ(plan_of(*database, Shares::heaviest_sql(Shares::Measure::kMessages)),
            "SEARCH share USING INDEX share_by_messages (room=? AND kind=?); ");
}

}  // namespace
}  // namespace palabre::store
