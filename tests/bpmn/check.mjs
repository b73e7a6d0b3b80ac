// check.mjs FILE...: reads each as bpmn.io's viewers do and lints it; a line of JSON for each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Moddle from 'bpmn-moddle';
import Linter from 'bpmnlint/lib/linter.js';
import NodeResolver from 'bpmnlint/lib/resolver/node-resolver.js';

const resolver = new NodeResolver({ require: createRequire(import.meta.url) });

for (const file of process.argv.slice(2)) {
  const { rootElement, warnings } = await new Moddle().fromXML(readFileSync(file, 'utf8'));
  const linter = new Linter({ resolver }); // its rules remember what they saw
  const found = await linter.lint(rootElement, { extends: 'bpmnlint:recommended' });
  console.log(JSON.stringify({
    file,
    warnings: warnings.map(warning => warning.message),
    lint: Object.entries(found).flatMap(([rule, reports]) => reports.map(report => `${rule}: ${report.id} ${report.message}`)),
  }));
}
