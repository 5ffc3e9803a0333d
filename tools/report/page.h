#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tools/report/plot.h"
#include "tools/report/sample_picture.h"
#include "tools/report/table.h"

namespace fno::report {

/// A number worth a glance.
struct KeyResult {
  std::string name = {}, value = {}, note = {};
};

/// A setting, or a fact about a run.
struct Fact {
  std::string key = {}, value = {};
};

/// How a number is computed: its name, the exact formula, and what is worth knowing about it.
struct Definition {
  std::string name = {}, formula = {}, note = {};
};

/// Lines, each with a bullet.
struct Bullets {
  std::vector<std::string> lines = {};
};

/// Words that lead to other files. Addresses are relative to the page, their unsafe bytes as %XX.
struct Links {
  struct Link {
    std::string address = {}, label = {};
  };
  std::string lead = {};
  std::vector<Link> links = {};
};

/// A part of a page; a text is a paragraph.
using Block = std::variant<std::string, Bullets, Links, Table, Plot, Sample, std::vector<KeyResult>, std::vector<Fact>,
                           std::vector<Definition>>;

struct Section {
  std::string heading = {};
  std::vector<Block> blocks = {};

  template <class T>
  void add(T block) {
    blocks.emplace_back(std::move(block));
  }
};

/// A page, in no format yet.
struct Page {
  std::string title = {}, summary = {};  ///< the summary is a line under the title
  std::vector<std::string> warnings = {};
  std::vector<Section> sections = {};
};

/// One self-contained HTML page: style inside, pictures as data: addresses, no script, nothing fetched (a content
/// security policy in the page forbids it). Light or dark as the reader's system asks. All text given to it is escaped.
/// Sections have entries in a bar at the top; plots in a row share lines. Errors: Error(config) for tables whose rows
/// and header differ in length, and as the plots and samples.
[[nodiscard]] std::string page_html(const Page& page);

/// The same as Markdown, plots and pictures left out. Errors: Error(config) for tables, as above.
[[nodiscard]] std::string page_markdown(const Page& page);

}  // namespace fno::report
