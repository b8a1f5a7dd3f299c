// A cohort in parts, joined into a lake as one run:
//
//   nextflow run deploy/nextflow --samples samples.csv --files 'vcf,expression' --records records --parts 16 --outdir results
include { VAXLOOM_RUN    } from './vaxloom/run/main'
include { VAXLOOM_GATHER } from './vaxloom/gather/main'

params.samples = null
params.files = null
params.records = null
params.reference = null
params.parts = 1
params.outdir = 'results'
params.vaxloom_container = null

workflow {
    if (!params.samples) {
        error "give --samples, the cohort's sheet"
    }
    def sheet = file(params.samples, checkIfExists: true)
    def files = params.files ? params.files.tokenize(',').collect { name -> sheet.parent.resolve(name) } : []
    def records = params.records ? file(params.records, checkIfExists: true) : []
    def reference = params.reference ? file(params.reference, checkIfExists: true) : []
    def number = params.parts as Integer
    def parts = channel.fromList((1..number).collect { part -> "${part}/${number}".toString() })

    VAXLOOM_RUN([[id: sheet.baseName], sheet, files], records, reference, parts)
    // All parts or none: groupTuple waits for so many.
    VAXLOOM_GATHER(VAXLOOM_RUN.out.part.groupTuple(size: number))
}
