// Runs Open3CL on a folder of DPE: one JSON line with its outputs and its times, for each way of running it.
// Usage: node dpe_open3cl.mjs MODULES FOLDER compat|strict
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, folder, mode] = process.argv.slice(2);
const home = path.join(modules, 'node_modules', '@open3cl', 'engine');
const engine = await import(pathToFileURL(path.join(home, 'index.js')));
const utils = await import(pathToFileURL(path.join(home, 'utils.js')));
if (mode === 'compat') {
  utils.set_bug_for_bug_compat();
  utils.set_tv_match_optimized_version();
}
for (const name of ['log', 'warn', 'error', 'info', 'debug']) console[name] = () => {};

const results = [];
let computing = 0;
const began = process.hrtime.bigint();
for (const file of fs.readdirSync(folder).filter((f) => f.endsWith('.xml')).sort()) {
  const text = fs.readFileSync(path.join(folder, file), 'utf8');
  const row = { number: file.replace('.xml', '') };
  const start = process.hrtime.bigint();
  try {
    const out = engine.calcul_3cl_xml(text)?.logement?.sortie;
    row.heat = Number(out.ef_conso.conso_ch);
    row.water = Number(out.ef_conso.conso_ecs);
    row.primary_2021 = Number(out.ep_conso.coeff_2_3_ep_conso_5_usages);
    row.primary_2026 = Number(out.ep_conso.ep_conso_5_usages);
    row.gases = Number(out.emission_ges.emission_ges_5_usages);
  } catch {
    row.failed = true;
  }
  computing += Number(process.hrtime.bigint() - start) / 1e9;
  results.push(row);
}
process.stdout.write(JSON.stringify({ results, computing, total: Number(process.hrtime.bigint() - began) / 1e9 }));
