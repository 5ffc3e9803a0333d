#include "tools/report/page.h"

#include <gtest/gtest.h>

#include "framework/error.h"
#include "tests/tools/report/markup_checker.h"

namespace fno::report {
namespace {

using test::count_of;

constexpr const char* kEvil = "<script>alert(\"1\" & '2')</script>";
const std::set<std::string> kVoid = {"meta", "img"};

// A page with one section.
Page page_of(std::vector<Block> blocks) { return {.title = "t", .sections = {{"One", std::move(blocks)}}}; }

TEST(PageHtml, EscapesEveryTextItIsGiven) {
  Page page{.title = kEvil, .summary = kEvil, .warnings = {kEvil}};
  page.sections.push_back(
      {kEvil,
       {kEvil, Bullets{{kEvil}}, Links{kEvil, {{"./a", kEvil}}}, std::vector<KeyResult>{{kEvil, kEvil, kEvil}},
        Table{kEvil, {kEvil}, {{kEvil}}}, std::vector<Fact>{{kEvil, kEvil}},
        std::vector<Definition>{{kEvil, kEvil, kEvil}}, Plot{.title = kEvil, .series = {{kEvil, {1.0, 2.0}}}}}});
  page.sections.push_back({"second", {}});
  const std::string html = page_html(page);
  EXPECT_EQ(test::markup_fault(html, kVoid), "");
  EXPECT_EQ(count_of(html, "<script"), 0u);
  EXPECT_GE(count_of(html, "&lt;script&gt;"), 21u);
}

TEST(PageHtml, NamesNothingOutsideItself) {
  const std::string html = page_html(page_of({Plot{.title = "p", .series = {{"a", {1.0, 2.0}}}}}));
  for (const char* reference : {"http:", "https:", "src=", "url(", "@import", "<link", "<script"})
    EXPECT_EQ(count_of(html, reference), 0u) << reference;
  EXPECT_EQ(count_of(html, "default-src 'none'"), 1u);
}

TEST(PageHtml, LinksEachSectionFromTheTop) {
  const std::string html = page_html({.title = "t", .sections = {{"One", {}}, {"Two", {}}}});
  EXPECT_NE(html.find("<a href=\"#section-2\">Two</a>"), std::string::npos);
  EXPECT_NE(html.find("<h2 id=\"section-2\">Two</h2>"), std::string::npos);
}

TEST(PageHtml, SetsColumnsOfNumbersFlushRight) {
  const std::string html = page_html(
      page_of({Table{"", {"run", "loss", "note"}, {{"a", "0.5", "2"}, {"b", "1e-5", "x"}, {"c", "–", "3"}}}}));
  EXPECT_NE(html.find("<th>run</th><th class=\"number\">loss</th><th>note</th>"), std::string::npos);
  EXPECT_NE(html.find("<td>b</td><td class=\"number\">1e-5</td><td>x</td>"), std::string::npos);
}

TEST(PageHtml, SetsNeighbouringPlotsInOneGrid) {
  const Plot plot{.series = {{"a", {1.0, 2.0}}}};
  EXPECT_EQ(count_of(page_html(page_of({plot, plot, "words", plot})), "<div class=\"plots\">"), 2u);
}

TEST(PageHtml, RefusesRaggedTables) { EXPECT_THROW((void)page_html(page_of({Table{"", {"a", "b"}, {{"1"}}}})), Error); }

TEST(PageHtml, ShowsNoBoxWithoutWarnings) { EXPECT_EQ(count_of(page_html({.title = "t"}), "class=\"warnings\""), 0u); }

TEST(PageHtml, HasBothThemes) {
  const std::string html = page_html({.title = "t"});
  EXPECT_GE(count_of(html, "@media (prefers-color-scheme:dark)"), 2u);  // page and plots
  EXPECT_EQ(count_of(html, "color-scheme:light dark"), 1u);
}

TEST(PageMarkdown, SaysWhatThePageSaysButPictures) {
  Page page = page_of({"words", Table{"T", {"arm", "loss"}, {{"a|b", "0.5"}}}, std::vector<Fact>{{"k", "v"}}});
  page.sections.push_back({"Curves", {Plot{.series = {{"a", {1.0, 2.0}}}}}});
  EXPECT_EQ(page_markdown(page),
            "# t\n\n## One\n\nwords\n\n### T\n\n| arm | loss |\n| --- | ---: |\n| a\\|b | 0.5 |\n\n- k: v\n");
}

TEST(Tables, AsTextAndMarkdown) {
  const Table table{.header = {"arm", "loss"}, .rows = {{"a|b", "0.5"}, {"c", "–"}}};
  EXPECT_EQ(text_table(table), "arm  loss\na|b   0.5\nc       –\n");
  EXPECT_EQ(markdown_table(table), "| arm | loss |\n| --- | ---: |\n| a\\|b | 0.5 |\n| c | – |\n");
}

}  // namespace
}  // namespace fno::report
